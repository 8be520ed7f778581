// Decides if a failed call is made again, and when. Pure: the transport sleeps and counts.
import { ApiError, ConnectionFailed } from "./errors.js";

export interface Retry {
  /** Attempts in all; 1 never repeats a call. */
  readonly tries: number;
  /** No attempt begins later than this after the first one. */
  readonly totalSeconds: number;
  /** Seconds before the second attempt where the answer does not name them; then twice as long. */
  readonly firstWait: number;
  readonly longestWait: number;
}

export const DEFAULT_RETRY: Retry = { tries: 4, totalSeconds: 60, firstWait: 0.5, longestWait: 8 };

// The person has to wait, not the program: `Retry-After` is 30 seconds to an hour.
const DELAYS_OF_LOCKOUTS = new Set<string>(["verification_delayed", "identification_delayed"]);

export interface Attempts {
  readonly tried: number;
  readonly elapsedSeconds: number;
  /** A repetition has no second effect, even if the first attempt had one. */
  readonly isRepeatable: boolean;
  /** At random in 0..1, so that callers that failed together come back apart. */
  readonly jitter: number;
}

/** Returns the seconds to wait before the next attempt; null if there is to be none. */
export function waitAfter(error: unknown, retry: Retry, attempts: Attempts): number | null {
  if (attempts.tried >= retry.tries || !mayHelp(error, attempts.isRepeatable)) return null;
  const backoff = Math.min(retry.longestWait, retry.firstWait * 2 ** (attempts.tried - 1));
  const told = error instanceof ApiError ? error.retryAfter : null;
  const wait = told ?? backoff * (0.5 + attempts.jitter / 2);
  return attempts.elapsedSeconds + wait <= retry.totalSeconds ? wait : null;
}

function mayHelp(error: unknown, isRepeatable: boolean): boolean {
  if (error instanceof ConnectionFailed) return isRepeatable;
  if (!(error instanceof ApiError)) return false;
  if (error.status === 429) return !DELAYS_OF_LOCKOUTS.has(error.code);
  if (error.code === "idempotency_in_progress") return true;
  return isRepeatable && [502, 503, 504].includes(error.status);
}
