// Holds the tokens of a client: exchanges key and secret for them, and renews them in time.
import type { components } from "./schema.js";
import { FaceplatformError } from "./errors.js";

type Tokens = components["schemas"]["Tokens"];

/** Makes a call without a token and returns its JSON. */
export type Post = (path: string, body: object, isRepeatable: boolean) => Promise<unknown>;

// Renewed before its end, so that no call on its way carries a token that ends.
const USED_SHARE = 0.9;

/** One caller at a time gets new tokens; the others wait for them. */
export class TokenHolder {
  readonly #credentials: { api_key: string; api_secret: string };
  readonly #post: Post;
  readonly #now: () => number;
  #access: string | null = null;
  #refresh: string | null = null;
  #renewAt = Infinity;
  #renewing: Promise<string> | null = null;

  constructor(key: string, secret: string, post: Post, now: () => number) {
    this.#credentials = { api_key: key, api_secret: secret };
    this.#post = post;
    this.#now = now;
  }

  /** Returns an access token, a new one where the present one is about to end. */
  async access(): Promise<string> {
    if (this.#access !== null && this.#now() < this.#renewAt) return this.#access;
    this.#renewing ??= this.#renewed().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** Forgets all tokens if this one, which the service refused, is still in use. */
  reject(access: string): void {
    if (this.#access === access) this.#access = this.#refresh = null;
  }

  // A refresh token is forgotten before it is sent: it is valid once, and if its answer gets lost,
  // sending it again would end the tokens that it gave.
  async #renewed(): Promise<string> {
    const refresh = this.#refresh;
    this.#access = this.#refresh = null;
    let askedAt = this.#now();
    let tokens = refresh === null ? null : await this.#refreshed(refresh);
    if (tokens === null) {
      askedAt = this.#now();
      // Tokens whose answer got lost only expire: to ask again does no harm.
      tokens = (await this.#post("/api/core/auth/client/", this.#credentials, true)) as Tokens;
    }
    this.#renewAt = askedAt + usableSeconds(tokens.access);
    this.#refresh = tokens.refresh;
    return (this.#access = tokens.access);
  }

  async #refreshed(refresh: string): Promise<Tokens | null> {
    try {
      return (await this.#post("/api/core/auth/token/refresh/", { refresh }, false)) as Tokens;
    } catch (error) {
      if (error instanceof FaceplatformError) return null;
      throw error;
    }
  }
}

/**
 * Returns the seconds after its issue at which to renew this token; Infinity if it does not say.
 * The claims are not verified: a wrong time costs a 401, after which tokens are exchanged.
 */
export function usableSeconds(access: string): number {
  try {
    const payload = Buffer.from(access.split(".")[1] ?? "", "base64url").toString();
    const { exp, iat } = JSON.parse(payload) as { exp?: unknown; iat?: unknown };
    return typeof exp === "number" && typeof iat === "number" ? (exp - iat) * USED_SHARE : Infinity;
  } catch {
    return Infinity;
  }
}
