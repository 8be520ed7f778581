/** The meaning of answers. */

import { SUCCESSES } from "./api.js";
import { interval } from "./pacing.js";

/**
 * How a session ended: `completed` (enrolled), `matched`, or `failed` for a reason of the API.
 *
 * @typedef {{outcome: "completed" | "matched" | "failed" | "cancelled", reason: string}} Outcome
 */

/** Reads the answers of one session. */
export class Judge {
  #texts;
  #reason = "";
  #repeated = 0;
  #isChallenge = false;

  /** @param {import("./texts.js").Texts} texts */
  constructor(texts) {
    this.#texts = texts;
  }

  /**
   * Return the advice for the person if it has changed, else null.
   *
   * @param {import("./api.js").Answer} answer
   * @returns {{reason: string, text: string} | null}
   */
  hint({ reason, challenge }) {
    this.#isChallenge = challenge?.status === "running";
    this.#repeated = reason === this.#reason ? this.#repeated + 1 : 0;
    if (reason === this.#reason) return null;
    this.#reason = reason;
    return { reason, text: this.#texts.hint(reason) };
  }

  /** @param {import("./api.js").Answer} answer */
  progress({ challenge, samples_collected: samples, target_samples: target }) {
    const step = samples + (challenge?.steps_done ?? 0);
    const of = target === undefined ? null : target + (challenge?.steps_total ?? 0);
    return { step, of, challenge };
  }

  /** @param {number} [limit] */
  pace(limit) {
    const isProgress = ["accepted", "undecided"].includes(this.#reason);
    const refusals = isProgress ? 0 : this.#repeated;
    return interval({ isChallenge: this.#isChallenge, refusals, limit });
  }

  /**
   * Return how the session ended. The answer says its kind: only an enrollment can be complete.
   *
   * @param {import("./api.js").Answer} answer
   * @returns {Outcome}
   */
  outcome({ result, enrollment_complete: isEnrolled, reason }) {
    if (isEnrolled) return outcomeOf(true, "enrolled");
    return result === "success" ? outcomeOf(true, "matched") : outcomeOf(false, reason);
  }
}

/**
 * @param {boolean} succeeded
 * @param {string} reason
 * @returns {Outcome}
 */
export function outcomeOf(succeeded, reason) {
  if (!succeeded || !SUCCESSES.has(reason)) return { outcome: "failed", reason };
  return { outcome: reason === "matched" ? "matched" : "completed", reason };
}
