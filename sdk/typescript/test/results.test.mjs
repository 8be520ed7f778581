// Signed results: keys made here, served by a scripted fetch, and a clock that stands still.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { ResultRejected, ResultVerifier } from "@faceplatform/client";

const NOW = 1_800_000_000;
const RESULT = {
  sub: "ada", iss: "faceplatform", aud: "client-1", iat: NOW - 1, nbf: NOW - 1, exp: NOW + 300,
  jti: "j-1", decision: "success", session_id: "s-1",
};

function keyPair(kid) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return { kid, privateKey, jwk: { ...publicKey.export({ format: "jwk" }), kid, alg: "EdDSA" } };
}

const encoded = (members) => Buffer.from(JSON.stringify(members)).toString("base64url");

function tokenOf({ kid, privateKey }, claims = {}, header = {}) {
  const head = encoded({ typ: "faceplatform-result+jwt", alg: "EdDSA", kid, ...header });
  const signed = `${head}.${encoded({ ...RESULT, ...claims })}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

/** Returns a verifier, the keys that the service has, and the addresses that were read. */
function scripted(...pairs) {
  const script = { keys: pairs.map((pair) => pair.jwk), read: [], now: NOW };
  script.verifier = new ResultVerifier({
    baseUrl: "https://faces.example.com/api-of-faces/",
    clientId: "client-1",
    now: () => script.now,
    fetch: async (url) => {
      script.read.push(url);
      return Response.json({ keys: script.keys });
    },
  });
  return script;
}

const ours = keyPair("r1");

test("a result of this client's is accepted, and the keys are kept for five minutes", async () => {
  const script = scripted(ours);
  const claims = await script.verifier.verify(tokenOf(ours));
  assert.equal(claims.sub, "ada");
  assert.equal((await script.verifier.verify(tokenOf(ours, { nonce: "n" }), { nonce: "n" })).nonce, "n");
  const address = "https://faces.example.com/api-of-faces/.well-known/jwks.json";
  assert.deepEqual(script.read, [address]);
  script.now += 299;
  await script.verifier.verify(tokenOf(ours));
  assert.equal(script.read.length, 1);
  script.now += 2;
  script.keys = [];
  await assert.rejects(script.verifier.verify(tokenOf(ours, { exp: NOW + 999 })), ResultRejected);
});

test("a key that the service has added since is read", async () => {
  const later = keyPair("r2");
  const script = scripted(ours);
  await script.verifier.verify(tokenOf(ours));
  script.keys.push(later.jwk);
  assert.equal((await script.verifier.verify(tokenOf(later))).sub, "ada");
});

const REFUSED = {
  "of another client": tokenOf(ours, { aud: "client-2" }),
  "of another issuer": tokenOf(ours, { iss: "somebody" }),
  "that has ended": tokenOf(ours, { exp: NOW }),
  "of the future": tokenOf(ours, { iat: NOW + 60, nbf: NOW + 60 }),
  "without an end": tokenOf(ours, { exp: undefined }),
  "without an id": tokenOf(ours, { jti: undefined }),
  "of a failure": tokenOf(ours, { decision: "failure" }),
  "with a nonce that nobody asked for": tokenOf(ours, { nonce: "n" }),
  "that is an audit log's head": tokenOf(ours, {}, { typ: "faceplatform-audit-head+jwt" }),
  "signed by another": tokenOf({ ...keyPair("r1"), kid: "r1" }),
  "of an unknown key": tokenOf(keyPair("r9")),
  "that names no algorithm": tokenOf(ours, {}, { alg: "none" }),
  "without its signature": `${tokenOf(ours).split(".").slice(0, 2).join(".")}.`,
  "of four parts": `${tokenOf(ours)}.x`,
  "that is no JSON": `x.${tokenOf(ours).split(".").slice(1).join(".")}`,
};
for (const [name, token] of Object.entries(REFUSED)) {
  test(`a result ${name} is refused`, async () => {
    await assert.rejects(scripted(ours).verifier.verify(token), ResultRejected);
  });
}

test("a token that takes the public key for a secret is refused", async () => {
  const head = encoded({ typ: "faceplatform-result+jwt", alg: "HS256", kid: "r1" });
  const signed = `${head}.${encoded(RESULT)}`;
  const mac = createHmac("sha256", Buffer.from(ours.jwk.x, "base64url")).update(signed);
  const token = `${signed}.${mac.digest("base64url")}`;
  await assert.rejects(scripted(ours).verifier.verify(token), ResultRejected);
});

test("a nonce that is missing is refused", async () => {
  await assert.rejects(scripted(ours).verifier.verify(tokenOf(ours), { nonce: "n" }), ResultRejected);
});

test("keys are read without encryption from this machine alone", () => {
  const clientId = "client-1";
  assert.throws(() => new ResultVerifier({ baseUrl: "http://faces.example.com", clientId }), TypeError);
  assert.ok(new ResultVerifier({ baseUrl: "http://127.0.0.1:8000", clientId }));
});
