// Verifies signed results (JWT, EdDSA) with the keys of the service.
import { createPublicKey, verify, type JsonWebKey } from "node:crypto";
import { checkedBaseUrl } from "./addresses.js";
import { ResultRejected } from "./errors.js";

const TYPE = "faceplatform-result+jwt";
// As long as docs/integration.md lets a verifier keep the keys.
const KEYS_KEPT_SECONDS = 300;
const KEYS_TIMEOUT_SECONDS = 10;

type Key = JsonWebKey & { kid?: string };

/** The claims of a signed result; docs/integration.md explains them. */
export interface Claims {
  /** The user. */
  readonly sub: string;
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly exp: number;
  /** Accept each once if a result must not be shown twice. */
  readonly jti: string;
  readonly decision: "success";
  readonly session_id: string;
  readonly nonce?: string;
  readonly [name: string]: unknown;
}

export interface VerifierOptions {
  /** Of the service that signs; its keys are read from there. */
  readonly baseUrl: string;
  /** Of your client: `client.client_id` of `/api/core/info/`. */
  readonly clientId: string;
  /** As the operator set it; `faceplatform` by default. */
  readonly issuer?: string;
  /** Read the keys without encryption from another machine than this one. */
  readonly allowHttp?: boolean;
  readonly fetch?: typeof globalThis.fetch;
  /** Seconds since 1970. */
  readonly now?: () => number;
}

/** Tells a service that cannot call the API who was recognized. */
export class ResultVerifier {
  readonly #address: string;
  readonly #clientId: string;
  readonly #issuer: string;
  readonly #fetch: typeof globalThis.fetch;
  readonly #now: () => number;
  #keys: readonly Key[] = [];
  #readAt = -Infinity;

  constructor(options: VerifierOptions) {
    const baseUrl = checkedBaseUrl(options.baseUrl, options.allowHttp ?? false);
    this.#address = `${baseUrl}/.well-known/jwks.json`;
    this.#clientId = options.clientId;
    this.#issuer = options.issuer ?? "faceplatform";
    this.#fetch = options.fetch ?? globalThis.fetch;
    this.#now = options.now ?? (() => Date.now() / 1000);
  }

  /**
   * Returns the claims of a signed result. `nonce`: that the session was opened with, if any. Throws
   * ResultRejected if it is no valid result for this client, or of another session.
   */
  async verify(token: string, { nonce }: { nonce?: string } = {}): Promise<Claims> {
    const [head, body, signature, ...more] = token.split(".");
    if (!head || !body || !signature || more.length > 0) throw new ResultRejected("no JWT");
    const { typ, alg, kid } = membersOf(head);
    if (typ !== TYPE || alg !== "EdDSA") throw new ResultRejected("not a result");
    const key = createPublicKey({ key: await this.#key(kid), format: "jwk" });
    const signed = Buffer.from(`${head}.${body}`);
    if (!verify(null, signed, key, Buffer.from(signature, "base64url"))) {
      throw new ResultRejected("not signed by this service");
    }
    return this.#checked(membersOf(body), nonce);
  }

  #checked(claims: Record<string, unknown>, nonce: string | undefined): Claims {
    const { iss, aud, exp, iat, nbf = iat, sub, jti, decision } = claims;
    if (typeof sub !== "string" || typeof jti !== "string") throw new ResultRejected("no result");
    if (iss !== this.#issuer || aud !== this.#clientId) throw new ResultRejected("for another client");
    const now = this.#now();
    if (!(Number(exp) > now && Math.max(Number(iat), Number(nbf)) <= now)) {
      throw new ResultRejected("its time is over, or a clock is wrong");
    }
    if (decision !== "success" || claims.nonce !== nonce) {
      throw new ResultRejected("of another authentication");
    }
    return claims as unknown as Claims;
  }

  // The keys are read again for a key that was added since, and at the end of their time.
  async #key(kid: unknown): Promise<Key> {
    const known = this.#keys.find((key) => key.kid === kid);
    if (known && this.#now() - this.#readAt < KEYS_KEPT_SECONDS) return known;
    this.#keys = await this.#read();
    this.#readAt = this.#now();
    const found = this.#keys.find((key) => key.kid === kid);
    if (!found) throw new ResultRejected("signed with an unknown key");
    return found;
  }

  async #read(): Promise<readonly Key[]> {
    const signal = AbortSignal.timeout(KEYS_TIMEOUT_SECONDS * 1000);
    try {
      const answer = await this.#fetch(this.#address, { signal, redirect: "error" });
      if (!answer.ok) throw new ResultRejected(`the service answers ${answer.status} for its keys`);
      return ((await answer.json()) as { keys: Key[] }).keys;
    } catch (cause) {
      if (cause instanceof ResultRejected) throw cause;
      throw new ResultRejected("the keys of the service cannot be read", { cause });
    }
  }
}

function membersOf(part: string): Record<string, unknown> {
  try {
    const members: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    if (typeof members === "object" && members !== null) return members as Record<string, unknown>;
  } catch (cause) {
    throw new ResultRejected("no JWT", { cause });
  }
  throw new ResultRejected("no JWT");
}
