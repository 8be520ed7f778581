/** A capture without a user interface: camera in, events out. */

import { FrameApi } from "./api.js";
import { Camera, permissionState, supportProblem } from "./camera.js";
import { CaptureError, asCaptureError } from "./errors.js";
import { fitOf } from "./fit.js";
import { FrameGrabber } from "./frames.js";
import { Judge, outcomeOf } from "./judge.js";
import { Line } from "./line.js";
import { FrameNumbers } from "./numbers.js";
import { SIZES, nextSize } from "./pacing.js";
import { Texts, languageOf } from "./texts.js";
import { nextPicture, sleep } from "./waiting.js";

/**
 * @typedef {object} Options
 * @property {import("./api.js").Session} session
 * @property {HTMLVideoElement} [video] shows the camera; left out: one that is in no page
 * @property {string} [language] of the hints
 * @property {Record<string, string>} [texts] overrides
 * @property {boolean} [refuseVirtualCameras]
 */

/** @typedef {import("./judge.js").Outcome} Outcome */

/**
 * Takes pictures and posts them to a session until it ends.
 *
 * Events, each a `CustomEvent`; exactly one of the first two follows `check`:
 *
 * - `ready`; `unsupported` {code, detail}
 * - `permission` {state}: `prompt`, `granted` or `denied`
 * - `frame` {reason, accepted, face, width, height, fit}: an answer; `face` is a box or null
 * - `hint` {reason, text}: the advice has changed
 * - `progress` {step, of, challenge}: `of` is null where the API does not tell
 * - `connection` {state}: `lost`, `busy` or `back`
 * - `completed` {outcome}, `failed` {reason}, `cancelled`: the end
 * - `error` {code, detail}: the camera or the connection failed; `run` may be called again
 */
export class FaceCapture extends EventTarget {
  /** @type {HTMLVideoElement} */
  video;
  /** @type {Camera | null} */
  #camera = null;
  /** @type {AbortController | null} */
  #running = null;
  /** @type {Outcome | null} */
  #outcome = null;
  #options;
  #api;
  #numbers = new FrameNumbers();

  /** @param {Options} options */
  constructor(options) {
    super();
    this.#options = options;
    this.#api = new FrameApi(options.session, languageOf(options.language));
    this.video = options.video ?? document.createElement("video");
  }

  /** How the session ended, or null. */
  get outcome() {
    return this.#outcome;
  }

  get camera() {
    return this.#camera;
  }

  /**
   * Look if this browser can capture, without asking for anything.
   *
   * @returns {Promise<boolean>}
   */
  async check() {
    const problem = await supportProblem();
    if (problem) this.#tell("unsupported", { code: problem.code, detail: problem.detail });
    else this.#tell("ready", {});
    return problem === null;
  }

  /**
   * Ask for the camera and show it.
   *
   * @param {string} [deviceId] one of `camera.choices()`, which is remembered
   * @throws {CaptureError}
   */
  async open(deviceId) {
    this.#tell("permission", { state: await permissionState() });
    const refusesVirtual = this.#options.refuseVirtualCameras ?? false;
    this.#camera?.close();
    this.#camera = null;
    try {
      const camera = await Camera.open(this.video, { deviceId, refusesVirtual });
      if (this.#outcome) return camera.close(); // cancelled while the person was asked
      camera.onLost(() => this.#lose(camera));
      this.#camera = camera;
    } catch (error) {
      const failure = asCaptureError(error);
      if (this.#running) this.#running.abort(failure); // `run` tells it
      else this.#fail(failure);
      throw failure;
    }
    if (deviceId) this.#camera.remember();
    this.#tell("permission", { state: "granted" });
  }

  /**
   * Post frames until the session ends, `cancel` is called, or something fails.
   *
   * @returns {Promise<Outcome>}
   * @throws {CaptureError}
   */
  async run() {
    if (this.#outcome) return this.#outcome;
    if (this.#running) throw new CaptureError("unexpected", "the capture runs already");
    if (!this.#camera || this.#camera.isLost) await this.open();
    const running = new AbortController();
    this.#running = running;
    try {
      const texts = await Texts.load(languageOf(this.#options.language), this.#options.texts);
      return this.#end(await this.#post(texts, running.signal));
    } catch (error) {
      if (this.#outcome) return this.#outcome; // cancelled
      const failure = asCaptureError(error);
      this.#fail(failure);
      throw failure;
    } finally {
      this.#running = null;
    }
  }

  /** End the capture. The session stays open: the backend may cancel it, or let it expire. */
  cancel() {
    this.#end({ outcome: "cancelled", reason: "cancelled" });
  }

  /** Switch the camera off, which ends a `run` that goes on. */
  close() {
    this.#running?.abort(new CaptureError("camera_lost", "the capture was closed"));
    this.#camera?.close();
    this.#camera = null;
  }

  /**
   * @param {Texts} texts
   * @param {AbortSignal} signal
   * @returns {Promise<Outcome>}
   */
  async #post(texts, signal) {
    const grabber = new FrameGrabber(this.video);
    const judge = new Judge(texts);
    const line = new Line(this.#api, (state) => this.#tell("connection", { state }));
    let size = 0;
    /** @type {number[]} */
    let times = [];
    for (;;) {
      const began = performance.now();
      const frame = await this.#picture(grabber, size, signal);
      const sent = performance.now();
      const reply = await line.post(frame.jpeg, this.#numbers.next(), signal);
      if (reply === null) continue; // the line was busy or lost, and has waited
      if (reply.is === "ended") return outcomeOf(reply.succeeded, reply.reason);
      times.push(performance.now() - sent);
      const next = nextSize(size, times);
      if (next !== size) [size, times] = [next, []];
      this.#tellAnswer(judge, reply.answer, frame);
      if (!reply.answer.requires_more_frames) return judge.outcome(reply.answer);
      const pace = judge.pace(this.#options.session.framesPerSecondLimit);
      await sleep(Math.max(0, began + pace - performance.now()), signal);
    }
  }

  /**
   * @param {FrameGrabber} grabber
   * @param {number} size
   * @param {AbortSignal} signal
   */
  async #picture(grabber, size, signal) {
    // Browsers tell of a camera that a page has stopped by its state alone.
    if (this.#camera?.isLost) throw new CaptureError("camera_lost");
    await nextPicture(this.video, signal);
    return grabber.grab(/** @type {{side: number, quality: number}} */ (SIZES[size]));
  }

  /**
   * @param {Judge} judge
   * @param {import("./api.js").Answer} answer
   * @param {import("./frames.js").Frame} frame
   */
  #tellAnswer(judge, answer, { width, height }) {
    const face = answer.face?.box ?? null;
    const { reason, frame_accepted: accepted } = answer;
    if (reason === "frame_order") this.#numbers.stop();
    this.#tell("frame", { reason, accepted, face, width, height, fit: fitOf(face, width, height) });
    this.#tell("progress", judge.progress(answer));
    const hint = judge.hint(answer);
    if (hint && answer.requires_more_frames) this.#tell("hint", hint);
  }

  /** @param {Outcome} outcome */
  #end(outcome) {
    if (this.#outcome) return this.#outcome;
    this.#outcome = outcome;
    this.close();
    switch (outcome.outcome) {
      case "cancelled":
        this.#tell("cancelled", {});
        break;
      case "failed":
        this.#tell("failed", { reason: outcome.reason });
        break;
      default:
        this.#tell("completed", { outcome: outcome.outcome });
    }
    return outcome;
  }

  /** @param {CaptureError} failure */
  #fail({ code, detail }) {
    if (code === "permission_denied") this.#tell("permission", { state: "denied" });
    this.close();
    this.#tell("error", { code, detail });
  }

  /** @param {Camera} camera */
  #lose(camera) {
    if (camera === this.#camera) this.#running?.abort(new CaptureError("camera_lost"));
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
