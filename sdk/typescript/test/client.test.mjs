// The client against a scripted fetch, with time that stands still.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ApiError,
  ConnectionFailed,
  FaceplatformClient,
  InvalidAnswer,
  WaitTimedOut,
  WebhookRejected,
  newKey,
  verifyWebhook,
} from "@faceplatform/client";

const baseUrl = "https://faces.example.com";
const GROUPS = "/api/clients/groups/";

function json(status, body, headers = {}) {
  return () => Response.json(body, { status, headers });
}

function problem(status, code, headers = {}, members = {}) {
  return json(status, { code, status, detail: "Detail", request_id: "r-1", ...members }, headers);
}

function lost() {
  throw new TypeError("fetch failed");
}

function access(number) {
  const claims = Buffer.from(JSON.stringify({ iat: 0, exp: 900, number })).toString("base64url");
  return `header.${claims}.signature`;
}

function scripted(answers, tokenAnswers = []) {
  const seen = [];
  const exchanges = [];
  const slept = [];
  const time = { now: 1000 };
  const fetch = async (url, init) => {
    const path = url.slice(baseUrl.length);
    if (path.startsWith("/api/core/auth/")) {
      exchanges.push([path, JSON.parse(new TextDecoder().decode(init.body))]);
      const tokens = { access: access(exchanges.length), refresh: `refresh ${exchanges.length}` };
      return (tokenAnswers.shift() ?? json(200, tokens))();
    }
    seen.push({ path, ...init });
    return answers.shift()();
  };
  const client = new FaceplatformClient({
    baseUrl,
    key: "fpk_key",
    secret: "fps_secret",
    fetch,
    now: () => time.now,
    sleep: async (seconds) => void slept.push(seconds),
  });
  return { client, seen, exchanges, slept, time };
}

test("callers at the same time exchange once, and refresh once before the end", async () => {
  const ok = json(200, { results: [] });
  const { client, exchanges, time } = scripted(Array(6).fill(ok));
  const three = () => Promise.all([1, 2, 3].map(() => client.api.GET(GROUPS)));
  await three();
  time.now += 811;
  await three();
  assert.deepEqual(exchanges, [
    ["/api/core/auth/client/", { api_key: "fpk_key", api_secret: "fps_secret" }],
    ["/api/core/auth/token/refresh/", { refresh: "refresh 1" }],
  ]);
});

test("a refresh token is sent once", async () => {
  const ok = json(200, { results: [] });
  const script = scripted([ok, ok], [json(200, { access: access(1), refresh: "one" }), lost]);
  await script.client.api.GET(GROUPS);
  script.time.now += 900;
  await script.client.api.GET(GROUPS);
  assert.deepEqual(
    script.exchanges.map(([path]) => path.split("/").at(-2)),
    ["client", "refresh", "client"],
  );
});

test("a refused token is exchanged and the call made again, once", async () => {
  const refused = problem(401, "token_invalid");
  const again = scripted([refused, json(200, { results: [] })]);
  await again.client.api.GET(GROUPS);
  assert.equal(again.exchanges.length, 2);
  const twice = scripted([refused, refused]);
  await assert.rejects(twice.client.api.GET(GROUPS), { status: 401, code: "token_invalid" });
  assert.equal(twice.seen.length, 2);
});

test("a repetition waits as told, with the same key and body", async () => {
  const { client, seen, slept } = scripted([
    problem(503, "engine_busy", { "Retry-After": "2" }),
    problem(409, "idempotency_in_progress", { "Retry-After": "1" }),
    lost,
    json(201, { id: "g", name: "night" }),
  ]);
  const { data } = await client.api.POST(GROUPS, { body: { name: "night" }, headers: newKey() });
  assert.equal(data.name, "night");
  assert.deepEqual(slept.slice(0, 2), [2, 1]);
  assert.ok(slept[2] >= 1 && slept[2] <= 2);
  assert.equal(new Set(seen.map((call) => call.headers.get("Idempotency-Key"))).size, 1);
  const bodies = seen.map((call) => new TextDecoder().decode(call.body));
  assert.deepEqual(bodies, Array(4).fill('{"name":"night"}'));
});

test("what is not repeated", async () => {
  const post = scripted([lost]);
  await assert.rejects(post.client.api.POST(GROUPS, { body: { name: "a" } }), ConnectionFailed);
  const later = scripted([problem(429, "verification_delayed", { "Retry-After": "30" })]);
  await assert.rejects(later.client.verify("alice", new Uint8Array(1)), { retryAfter: 30 });
  const long = scripted([problem(503, "engine_busy", { "Retry-After": "61" })]);
  await assert.rejects(long.client.api.GET(GROUPS), { code: "engine_busy" });
  assert.deepEqual([post, later, long].map(({ seen }) => seen.length), [1, 1, 1]);
});

test("errors by code, with the faults of fields", async () => {
  const errors = { name: [{ code: "required", message: "This field is required." }] };
  const { client } = scripted([problem(400, "validation_failed", {}, { errors })]);
  await assert.rejects(client.api.POST(GROUPS, { body: { name: "" } }), (error) => {
    assert.ok(error instanceof ApiError);
    assert.equal(error.code, "validation_failed");
    assert.equal(error.requestId, "r-1");
    assert.equal(error.fields.name[0].code, "required");
    return true;
  });
});

test("answers of something in between", async () => {
  const proxy = scripted([() => new Response("<html>", { status: 413 })]);
  await assert.rejects(proxy.client.api.GET(GROUPS), { code: "http_413" });
  const elsewhere = { status: 302, headers: { Location: "https://other.example.com" } };
  const moved = scripted([() => new Response(null, elsewhere)]);
  await assert.rejects(moved.client.api.GET(GROUPS), InvalidAnswer);
});

test("an unusable image cancels its session", async () => {
  const { client, seen } = scripted([
    json(201, { session_token: "fst_token", enrollment_id: "e" }),
    problem(400, "image_unreadable"),
    json(200, { status: "cancelled" }),
  ]);
  await assert.rejects(client.enroll("alice", new Uint8Array(9)), { code: "image_unreadable" });
  assert.equal(seen[2].method, "DELETE");
  assert.equal(seen[2].headers.get("X-Session-Token"), "fst_token");
  assert.ok(seen.every(({ path }) => !path.includes("fst_token")));
});

test("addresses without encryption are refused", () => {
  const made = (address, more = {}) =>
    new FaceplatformClient({ baseUrl: address, key: "k", secret: "s", ...more });
  for (const address of ["http://faces.example.com", "ftp://a", "https://u:p@a", "https://a/?b"]) {
    assert.throws(() => made(address), TypeError);
  }
  made("http://127.0.0.1:8000/");
  made("http://faces.internal", { allowHttp: true });
});

// Signed by the service with an older key and this one.
const SECRET = "whsec_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const DELIVERY = {
  "webhook-id": "msg_1",
  "webhook-timestamp": "1790000000",
  "webhook-signature":
    "v1,6icIkBu04HWZXPyC1egxzKiAMxhqdEdqlTSKCfBXlV0= v1,8T4tOXSqEhUIouJmMOqytG3lmaH270npH88VkIqJRDA=",
};
const BODY = Buffer.from('{"name":"Zoë"}');

test("webhooks", () => {
  const now = 1790000000;
  verifyWebhook(SECRET, DELIVERY, BODY, { now });
  verifyWebhook(SECRET, DELIVERY, BODY, { now: now + 300 });
  const refused = (headers, body = BODY, at = now) =>
    assert.throws(() => verifyWebhook(SECRET, headers, body, { now: at }), WebhookRejected);
  refused(DELIVERY, BODY, now + 301);
  refused(DELIVERY, BODY, now - 301);
  refused(DELIVERY, Buffer.from('{"name":"Zoe"}'));
  refused({ ...DELIVERY, "webhook-id": "msg_2" });
  refused({ ...DELIVERY, "webhook-timestamp": "now" });
  refused({ ...DELIVERY, "webhook-signature": undefined });
  refused({ ...DELIVERY, "webhook-signature": "v1," });
  assert.throws(() => verifyWebhook("fps_secret", DELIVERY, BODY, { now }), TypeError);
});

const state = (status, processed) => json(200, { id: "i-1", status, processed, total: 2 });

test("an import is started with its form, and followed to its end", async () => {
  const { client, seen, slept } = scripted([
    json(202, { id: "i-1", status: "queued" }), state("running", 1), state("completed", 2),
  ]);
  const file = new Blob(["user_id\nada\n"]);
  const started = await client.imports.start(file, { target_samples: 3 });
  const told = [];
  const ended = await client.imports.wait(started.id, {
    onProgress: ({ processed, total }) => told.push([processed, total]),
  });
  assert.equal(ended.status, "completed");
  assert.deepEqual(told, [[1, 2], [2, 2]]);
  assert.deepEqual(slept, [2]);
  assert.equal(seen[0].path, "/api/clients/users/import/");
  assert.ok(seen[0].headers.get("Idempotency-Key"));
  const form = await new Response(seen[0].body, { headers: seen[0].headers }).formData();
  assert.equal(await form.get("file").text(), "user_id\nada\n");
  assert.equal(form.get("target_samples"), "3");
});

test("waiting for an import may have an end", async () => {
  const { client } = scripted([state("running", 1)]);
  await assert.rejects(client.imports.wait("i-1", { timeoutSeconds: 1 }), WaitTimedOut);
});

test("lists are read page after page, at this service alone", async () => {
  const next = "https://elsewhere.example/api/clients/imports/i-1/items/?cursor=c2&result=refused";
  const { client, seen } = scripted([
    json(200, { next, previous: null, results: [{ user_id: "ada" }] }),
    json(200, { next: null, previous: null, results: [{ user_id: "grace" }] }),
  ]);
  const users = [];
  for await (const item of client.imports.items("i-1", { result: "refused" })) users.push(item.user_id);
  assert.deepEqual(users, ["ada", "grace"]);
  assert.deepEqual(seen.map((call) => call.path), [
    "/api/clients/imports/i-1/items/?result=refused",
    "/api/clients/imports/i-1/items/?result=refused&cursor=c2",
  ]);
});
