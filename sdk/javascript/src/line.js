/** The line to the server. */

import { CaptureError } from "./errors.js";
import { delay } from "./pacing.js";
import { sleep, sleepOrOnline } from "./waiting.js";

// Milliseconds of failed calls in a row.
const PATIENCE = 120_000;
// No answer was ever seen: look if the server hides them from this page. An overloaded web server does
// so, too, but hardly each time.
const SUSPICIOUS_LOSSES = 4;
const MOST_UNUSABLE = 5;

/** Posts one frame at a time, and waits where the server or the network asks for it. */
export class Line {
  #api;
  #tell;
  #hasAnswered = false;
  #failures = 0;
  #unusable = 0;
  #failingSince = 0;

  /**
   * @param {import("./api.js").FrameApi} api
   * @param {(state: "lost" | "busy" | "back") => void} tell
   */
  constructor(api, tell) {
    this.#api = api;
    this.#tell = tell;
  }

  /**
   * Post a frame. Return the answer or the session's end; null if a new picture should be taken.
   *
   * @param {Blob} jpeg
   * @param {number | null} number
   * @param {AbortSignal} signal
   * @returns {Promise<Extract<import("./api.js").Reply, {is: "answered" | "ended"}> | null>}
   * @throws {CaptureError}
   */
  async post(jpeg, number, signal) {
    const reply = await this.#api.post(jpeg, number, signal);
    switch (reply.is) {
      case "wait":
        await this.#fail("busy", reply.code, reply.retryAfter, signal);
        return null;
      case "lost":
        await this.#fail("lost", reply.detail, null, signal);
        return null;
      case "refused":
        this.#unusable += 1;
        if (this.#unusable > MOST_UNUSABLE) throw new CaptureError("frame_refused", reply.code);
        return null;
      default:
        if (this.#failures > 0) this.#tell("back");
        this.#hasAnswered = true;
        this.#failures = this.#unusable = 0;
        return reply;
    }
  }

  /**
   * @param {"lost" | "busy"} state
   * @param {string} detail
   * @param {number | null} retryAfter
   * @param {AbortSignal} signal
   */
  async #fail(state, detail, retryAfter, signal) {
    if (state === "busy") this.#hasAnswered = true;
    if (this.#failures === 0) this.#failingSince = performance.now();
    this.#failures += 1;
    this.#tell(state);
    if (performance.now() - this.#failingSince > PATIENCE) {
      throw new CaptureError(state === "lost" ? "connection_lost" : "service_unavailable", detail);
    }
    if (!this.#hasAnswered && this.#failures === SUSPICIOUS_LOSSES) {
      await this.#requireVisibleAnswers(signal);
    }
    const wait = delay(this.#failures, retryAfter);
    await (state === "lost" ? sleepOrOnline(wait, signal) : sleep(wait, signal));
  }

  /** @param {AbortSignal} signal */
  async #requireVisibleAnswers(signal) {
    if (await this.#api.isHidden(signal)) {
      throw new CaptureError(
        "origin_refused",
        `the server answers, and hides it from pages of ${location.origin}: see allowed_origins`,
      );
    }
  }
}
