/** A record of the calls to the API that this page makes, its camera's frames included. */

/**
 * @typedef {object} Call
 * @property {string} method
 * @property {string} path
 * @property {Array<"client" | "session">} callers whose tokens it carries
 * @property {Record<string, unknown> | null} json of the request
 * @property {Record<string, string> | null} form of the request: a picture as its size
 * @property {number} status 0 if no answer came
 * @property {any} answer as JSON; null without one
 * @property {number} milliseconds
 */

const SECRETS = new Set(["access", "refresh", "session_token", "result_token", "key"]);

/** Calls `told` with each call to `/api/` once it is answered. */
export class Journal {
  /** @param {(call: Call) => void} told */
  constructor(told) {
    const fetch = window.fetch.bind(window);
    window.fetch = async (resource, options = {}) => {
      const { pathname: path } = new URL(String(resource), location.href);
      if (!path.startsWith("/api/") || options.mode === "no-cors") return fetch(resource, options);
      const started = performance.now();
      /** @type {Call} */
      const call = { path, ...requestOf(options), status: 0, answer: null, milliseconds: 0 };
      try {
        const response = await fetch(resource, options);
        call.status = response.status;
        call.answer = shortened(await response.clone().json().catch(() => null));
        return response;
      } finally {
        call.milliseconds = Math.round(performance.now() - started);
        told(call);
      }
    };
  }
}

/**
 * @param {RequestInit} options
 * @returns {Pick<Call, "method" | "callers" | "json" | "form">}
 */
function requestOf({ method = "GET", headers = {}, body }) {
  const given = new Headers(headers);
  /** @type {Call["callers"]} */
  const callers = [];
  if (given.has("Authorization")) callers.push("client");
  if (given.has("X-Session-Token")) callers.push("session");
  return {
    method,
    callers,
    json: typeof body === "string" ? shortened(JSON.parse(body)) : null,
    form: body instanceof FormData ? fieldsOf(body) : null,
  };
}

/** @param {FormData} form */
function fieldsOf(form) {
  return Object.fromEntries([...form].map(([name, value]) => [name, shownField(name, value)]));
}

/**
 * @param {string} name
 * @param {FormDataEntryValue} value
 */
function shownField(name, value) {
  if (value instanceof Blob) return `${value.type}, ${Math.ceil(value.size / 1000)} kB`;
  return SECRETS.has(name) ? short(value) : value;
}

/**
 * Return a copy of a JSON value in which no secret can be read.
 *
 * @param {any} value
 * @param {string} [name] of the member with this value
 * @returns {any}
 */
export function shortened(value, name = "") {
  if (Array.isArray(value)) return value.map((each) => shortened(each));
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shortened(each, key)]));
  }
  return SECRETS.has(name) && typeof value === "string" ? short(value) : value;
}

/** @param {string} secret */
const short = (secret) => `${secret.slice(0, 6)}…`;
