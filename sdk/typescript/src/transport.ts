// Makes calls: with tokens, again where that helps, and with errors as exceptions.
import { ApiError, ConnectionFailed, InvalidAnswer } from "./errors.js";
import { waitAfter, type Retry } from "./retry.js";
import { TokenHolder } from "./tokens.js";

const REPEATABLE_METHODS = new Set(["GET", "HEAD", "PUT", "PATCH", "DELETE"]);
export const KEY_HEADER = "Idempotency-Key";

export interface TransportOptions {
  readonly baseUrl: string;
  readonly key: string;
  readonly secret: string;
  readonly timeoutSeconds: number;
  readonly retry: Retry;
  readonly fetch: typeof globalThis.fetch;
  readonly sleep: (seconds: number) => Promise<void>;
  /** Seconds that only grow. */
  readonly now: () => number;
}

export class Transport {
  readonly #options: TransportOptions;
  readonly #tokens: TokenHolder;

  constructor(options: TransportOptions) {
    this.#options = options;
    const post = async (path: string, body: object, isRepeatable: boolean): Promise<unknown> => {
      const request = new Request(options.baseUrl + path, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      return (await this.#send(request, { isOpen: true, isRepeatable })).json();
    };
    this.#tokens = new TokenHolder(options.key, options.secret, post, options.now);
  }

  /** Returns the answer to a call with the client's token. Throws ApiError or ConnectionFailed. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const isRepeatable = REPEATABLE_METHODS.has(request.method) || request.headers.has(KEY_HEADER);
    return this.#send(request, { isOpen: false, isRepeatable });
  };

  async #send(
    request: Request,
    { isOpen, isRepeatable }: { isOpen: boolean; isRepeatable: boolean },
  ): Promise<Response> {
    const { now, retry, sleep } = this.#options;
    const body = request.body === null ? null : await request.arrayBuffer();
    const began = now();
    let isRenewed = false;
    for (let tried = 1; ; tried++) {
      const access = isOpen ? null : await this.#tokens.access();
      try {
        return await this.#attempt(request, body, access);
      } catch (error) {
        const isRefused = error instanceof ApiError && error.status === 401;
        if (isRefused && access !== null && !isRenewed) {
          this.#tokens.reject(access);
          isRenewed = true;
          continue;
        }
        const elapsedSeconds = now() - began;
        const jitter = Math.random();
        const wait = waitAfter(error, retry, { tried, elapsedSeconds, isRepeatable, jitter });
        if (wait === null) throw error;
        await sleep(wait);
      }
    }
  }

  async #attempt(
    request: Request,
    body: ArrayBuffer | null,
    access: string | null,
  ): Promise<Response> {
    const headers = new Headers(request.headers);
    if (access !== null) headers.set("Authorization", `Bearer ${access}`);
    const { method, url } = request;
    const timeout = AbortSignal.timeout(this.#options.timeoutSeconds * 1000);
    const signal = AbortSignal.any([request.signal, timeout]);
    let response: Response;
    try {
      const init: RequestInit = { method, headers, body, signal, redirect: "manual" };
      response = await this.#options.fetch(url, init);
    } catch (cause) {
      if (request.signal.aborted) throw cause;
      throw new ConnectionFailed(`${method}: no answer`, { cause });
    }
    if (response.status >= 400) throw await ApiError.of(response);
    if (!response.ok) throw new InvalidAnswer(`${response.status} is no answer of this API`);
    return response;
  }
}
