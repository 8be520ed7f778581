/** The one call that a session's token may make. */

import { CaptureError } from "./errors.js";

/**
 * @typedef {object} Session
 * @property {string} token
 * @property {"enrollment" | "verification" | "identification"} kind
 * @property {string} [apiBase] the service's origin, or a path before `/api/`; without a slash at its
 *   end. Left out: the page's own origin.
 * @property {string} [language] of the challenge's instructions
 * @property {number} [framesPerSecondLimit]
 */

/**
 * The members of an answer that are used here; the OpenAPI document has them all.
 *
 * @typedef {object} Answer
 * @property {string} session_status
 * @property {boolean} frame_accepted
 * @property {boolean} requires_more_frames
 * @property {number} samples_collected
 * @property {number} [target_samples]
 * @property {string} reason
 * @property {{box: import("./fit.js").Box} | null} face
 * @property {Challenge | null} challenge
 * @property {"success" | "failure" | null} [result]
 * @property {boolean} [enrollment_complete]
 */

/**
 * @typedef {object} Challenge
 * @property {"running" | "passed" | "failed"} status
 * @property {string | null} code
 * @property {string | null} instruction
 * @property {number} steps_done
 * @property {number} steps_total
 * @property {number | null} seconds_left
 */

/**
 * - `answered`: the server took the frame and judged it
 * - `ended`: the session is over, for this reason
 * - `wait`: post another frame, after `retryAfter` seconds at least
 * - `lost`: no answer came
 * - `refused`: the server could not use the picture
 *
 * @typedef {{is: "answered", answer: Answer}
 *   | {is: "ended", succeeded: boolean, reason: string}
 *   | {is: "wait", retryAfter: number | null, code: string}
 *   | {is: "lost", detail: string}
 *   | {is: "refused", code: string}} Reply
 */

const KINDS = new Set(["enrollment", "verification", "identification"]);
const PATH = "/api/auth/sessions/current/frames/";
// A frame takes a second or two; a phone that changes its network notices nothing for minutes.
const LONGEST_CALL = 20_000;

/**
 * Refuse a session that no backend of this service has opened.
 *
 * @param {Session | null} session
 * @returns {asserts session is Session}
 * @throws {CaptureError}
 */
export function requireSession(session) {
  if (!session?.token) throw new CaptureError("session_invalid", "there is no session token");
  if (!KINDS.has(session.kind)) {
    throw new CaptureError("session_kind_unknown", `session.kind is ${session.kind}`);
  }
}

export class FrameApi {
  /**
   * @param {Session} session
   * @param {string} language
   */
  constructor(session, language) {
    requireSession(session);
    this.#token = session.token;
    this.#address = `${session.apiBase ?? ""}${PATH}`;
    this.#language = session.language ?? language;
  }

  #token;
  #address;
  #language;

  /**
   * Post a frame.
   *
   * @param {Blob} jpeg
   * @param {number | null} number higher than that of the frame before
   * @param {AbortSignal} signal
   * @returns {Promise<Reply>}
   * @throws {CaptureError} the session takes no frame, and no later one will change that
   */
  async post(jpeg, number, signal) {
    const form = new FormData();
    form.append("image", jpeg, "frame.jpg");
    if (number !== null) form.append("frame_number", String(number));
    const patience = AbortSignal.timeout(LONGEST_CALL);
    try {
      const answer = await fetch(this.#address, {
        method: "POST",
        headers: { "X-Session-Token": this.#token, "Accept-Language": this.#language },
        body: form,
        credentials: "omit",
        cache: "no-store",
        signal: either(signal, patience),
      });
      const body = await answer.json().catch(() => ({}));
      return answer.ok ? { is: "answered", answer: body } : ofProblem(answer, body);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof CaptureError) throw error;
      return { is: "lost", detail: String(error) };
    }
  }

  /**
   * Return true if the server can be reached, and seems to hide its answers from this page.
   *
   * @param {AbortSignal} signal
   * @returns {Promise<boolean>}
   */
  async isHidden(signal) {
    if (new URL(this.#address, location.href).origin === location.origin) return false;
    try {
      await fetch(this.#address, { mode: "no-cors", credentials: "omit", cache: "no-store", signal });
      return true;
    } catch {
      signal.throwIfAborted();
      return false;
    }
  }
}

/**
 * @param {Response} answer
 * @param {Record<string, any>} problem a problem document (RFC 9457), or nothing
 * @returns {Reply}
 */
function ofProblem(answer, problem) {
  const code = typeof problem.code === "string" ? problem.code : `http_${answer.status}`;
  switch (answer.status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return { is: "refused", code };
    case 401:
    case 403:
    case 404:
      throw new CaptureError("session_invalid", `${code}: ${problem.detail ?? ""}`);
    case 409:
      return ofConflict(code, problem);
    case 410:
      return { is: "ended", succeeded: false, reason: "expired" };
    default:
      return ofTrouble(answer, code, problem);
  }
}

/**
 * A session that has ended says how: the answer that told it first may have been lost.
 *
 * @param {string} code
 * @param {Record<string, any>} problem
 * @returns {Reply}
 */
function ofConflict(code, problem) {
  if (code !== "session_finished") return { is: "ended", succeeded: false, reason: code };
  const reason = String(problem.reason);
  return { is: "ended", succeeded: SUCCESSES.has(reason), reason };
}

/** Reasons of sessions that ended well. */
export const SUCCESSES = new Set(["enrolled", "matched"]);

// The operator has to install or to set something first.
const PERMANENT = new Set(["liveness_unavailable", "operating_point_unsupported", "model_missing"]);

/**
 * @param {Response} answer
 * @param {string} code
 * @param {Record<string, any>} problem
 * @returns {Reply}
 */
function ofTrouble(answer, code, problem) {
  if (PERMANENT.has(code)) throw new CaptureError("service_unavailable", `${code}: ${problem.detail}`);
  const seconds = Number.parseInt(answer.headers.get("Retry-After") ?? "", 10);
  return { is: "wait", retryAfter: Number.isNaN(seconds) ? null : seconds, code };
}

/**
 * Return a signal that aborts with the first of the two.
 *
 * @param {AbortSignal} one
 * @param {AbortSignal} other
 * @returns {AbortSignal}
 */
function either(one, other) {
  if ("any" in AbortSignal) return AbortSignal.any([one, other]);
  const controller = new AbortController();
  for (const signal of [one, other]) {
    signal.addEventListener("abort", () => controller.abort(signal.reason), { once: true });
  }
  return controller.signal;
}
