// Errors. Decide on the class or on `code`, never on the text.
import type { components } from "./schema.js";

export type Problem = components["schemas"]["Problem"];
/** Codes of this version; a later one may add some. */
export type ErrorCode = components["schemas"]["ErrorCode"] | (string & {});

export class FaceplatformError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** No answer arrived: the connection failed, broke or timed out. */
export class ConnectionFailed extends FaceplatformError {}

/** The answer is not one of this API: a proxy sent it, or the address is another service's. */
export class InvalidAnswer extends FaceplatformError {}

/** The body was not signed with this secret in the last minutes: do not act on it. */
export class WebhookRejected extends FaceplatformError {}

/** The token is no valid result for this client, or of another authentication. */
export class ResultRejected extends FaceplatformError {}

/** An import has not ended in the time that was given to it. */
export class WaitTimedOut extends FaceplatformError {}

/** The service refused the call, with a problem document (RFC 9457). */
export class ApiError extends FaceplatformError {
  readonly status: number;
  /** Stable; `http_502` and the like if something in between answered. */
  readonly code: ErrorCode;
  readonly detail: string;
  /** The faults of each field of the request. */
  readonly fields: Readonly<Record<string, readonly components["schemas"]["FieldFault"][]>>;
  readonly requestId: string | null;
  /** Seconds after which the same call may succeed. */
  readonly retryAfter: number | null;
  /** The whole document, such as `limit`, `user_ids` or `session_status`; null without one. */
  readonly problem: Problem | null;

  constructor(status: number, problem: Problem | null, headers: Headers) {
    const code = problem?.code ?? `http_${status}`;
    const requestId = problem?.request_id ?? headers.get("X-Request-ID");
    super(`${status} ${code}: ${problem?.detail ?? "no answer of the API"} (request ${requestId})`);
    this.status = status;
    this.code = code;
    this.detail = problem?.detail ?? "";
    this.fields = problem?.errors ?? {};
    this.requestId = requestId;
    this.problem = problem;
    const after = headers.get("Retry-After");
    this.retryAfter = after !== null && /^[0-9]+$/.test(after) ? Number(after) : null;
  }

  /** Returns the error that this answer tells. */
  static async of(response: Response): Promise<ApiError> {
    const text = await response.text();
    return new ApiError(response.status, problemOf(text), response.headers);
  }
}

function problemOf(text: string): Problem | null {
  try {
    const told: unknown = JSON.parse(text);
    const isProblem = typeof told === "object" && told !== null && "code" in told;
    return isProblem ? (told as Problem) : null;
  } catch {
    return null;
  }
}
