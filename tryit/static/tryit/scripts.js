/** The calls of the page as a program in three languages: pure functions of the journal. */

/** @typedef {import("./journal.js").Call} Call */

/** Return the calls, oldest first, as a program.
 *
 * Frames in a row are one: a program repeats it until the answer says that the session has ended.
 *
 * @param {Call[]} calls
 * @param {keyof typeof LANGUAGES} language
 * @param {string} origin
 */
export function scriptOf(calls, language, origin) {
  const steps = calls.filter((call, at) => !isRepeated(call, calls[at - 1]));
  const { head, step } = LANGUAGES[language];
  return [head(origin), ...steps.map(step)].join("\n\n");
}

/** @type {(call: Call, before: Call | undefined) => boolean} */
const isRepeated = (call, before) =>
  Boolean(before && call.form && before.form && before.path === call.path);

/** @param {Call} call */
const opens = (call) => call.method === "POST" && Boolean(call.answer?.session_token);
/** @param {Call} call */
const isFrame = (call) => Boolean(call.form);
/** @param {string} text */
const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const NOTE = "Post frames until session_status is no longer processing";

/** @type {Record<Call["callers"][number], [name: string, prefix: string]>} */
const HEADERS = {
  client: ["Authorization", "Bearer "],
  session: ["X-Session-Token", ""],
};

const PYTHON = { client: "**client", session: '"X-Session-Token": session' };
const JAVASCRIPT = { client: "...client", session: '"X-Session-Token": session' };

/** @typedef {{head: (origin: string) => string, step: (call: Call) => string}} Language */

export const LANGUAGES = {
  /** @type {Language} */
  curl: {
    head: (origin) => `BASE=${shell(origin)}
field() { python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }
TOKEN=$(curl -s "$BASE/api/core/auth/client/" -H 'Content-Type: application/json' \\
  -d "{\\"api_key\\": \\"$API_KEY\\", \\"api_secret\\": \\"$API_SECRET\\"}" | field access)`,
    step(call) {
      const words = ["curl", "-s"];
      if (call.method !== "GET" && !(call.json || call.form)) words.push("-X", call.method);
      words.push(`"$BASE${call.path}"`);
      for (const caller of call.callers) {
        const [name, prefix] = HEADERS[caller];
        words.push("-H", `"${name}: ${prefix}$${caller === "client" ? "TOKEN" : "SESSION"}"`);
      }
      if (call.json) words.push("-H", "'Content-Type: application/json'", "-d", shell(JSON.stringify(call.json)));
      for (const [name, value] of Object.entries(call.form ?? {})) words.push("-F", formWord(name, value));
      const line = words.join(" ");
      if (opens(call)) return `SESSION=$(${line} | field session_token)`;
      return isFrame(call) ? `# ${NOTE}\n${line}` : line;
    },
  },
  /** @type {Language} */
  python: {
    head: (origin) => `import os

import requests

base = ${JSON.stringify(origin)}
key = {"api_key": os.environ["API_KEY"], "api_secret": os.environ["API_SECRET"]}
token = requests.post(f"{base}/api/core/auth/client/", json=key, timeout=30).json()["access"]
client = {"Authorization": f"Bearer {token}"}`,
    step(call) {
      const parts = [`f"{base}${call.path}"`];
      const headers = call.callers.map((caller) => PYTHON[caller]);
      if (headers.length) parts.push(`headers={${headers.join(", ")}}`);
      if (call.json) parts.push(`json=${pythonOf(call.json)}`);
      if (call.form) {
        const fields = Object.entries(call.form).filter(([name]) => name !== "image");
        const data = fields.map(([name, value]) => `"${name}": ${name === "session_token" ? "session" : JSON.stringify(value)}`);
        if (data.length) parts.push(`data={${data.join(", ")}}`);
        parts.push('files={"image": open("frame.jpg", "rb")}');
      }
      const line = `requests.${call.method.toLowerCase()}(${parts.join(", ")}, timeout=30)`;
      if (opens(call)) return `session = ${line}.json()["session_token"]`;
      return isFrame(call) ? `# ${NOTE}\nprint(${line}.json())` : `print(${line}.text)`;
    },
  },
  /** @type {Language} */
  javascript: {
    head: (origin) => `import { readFile } from "node:fs/promises";

const base = ${JSON.stringify(origin)};
const call = async (method, path, headers, body) => {
  const answer = await fetch(base + path, { method, headers, body });
  return answer.status === 204 ? null : answer.json();
};
const json = { "Content-Type": "application/json" };
const key = { api_key: process.env.API_KEY, api_secret: process.env.API_SECRET };
const { access } = await call("POST", "/api/core/auth/client/", json, JSON.stringify(key));
const client = { Authorization: \`Bearer \${access}\` };
let session;
let frame;`,
    step(call) {
      const tokens = call.callers.map((caller) => JAVASCRIPT[caller]);
      const headers = [...tokens, call.json ? "...json" : ""].filter(Boolean).join(", ");
      const body = call.json ? `JSON.stringify(${JSON.stringify(call.json)})` : call.form ? "frame" : "undefined";
      const line = `await call("${call.method}", "${call.path}", { ${headers} }, ${body})`;
      if (opens(call)) return `session = (${line}).session_token;`;
      return call.form ? `// ${NOTE}\n${frameLines(call.form)}\nconsole.log(${line});` : `console.log(${line});`;
    },
  },
};

/**
 * @param {string} name
 * @param {string} value
 */
function formWord(name, value) {
  if (name === "image") return "image=@frame.jpg";
  return name === "session_token" ? "session_token=$SESSION" : shell(`${name}=${value}`);
}

/** @param {Record<string, string>} form */
function frameLines(form) {
  const fields = Object.entries(form).filter(([name]) => name !== "image");
  const lines = fields.map(([name, value]) =>
    `frame.append("${name}", ${name === "session_token" ? "session" : JSON.stringify(value)});`);
  const image = 'frame.append("image", new Blob([await readFile("frame.jpg")]), "frame.jpg");';
  return ["frame = new FormData();", ...lines, image].join("\n");
}

/**
 * Return a JSON value as an expression of Python.
 *
 * @param {unknown} value
 * @returns {string}
 */
function pythonOf(value) {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(", ")}]`;
  if (typeof value === "object") {
    return `{${Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${pythonOf(each)}`).join(", ")}}`;
  }
  return JSON.stringify(value);
}
