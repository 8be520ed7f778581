/** The camera: support, permission, choice, loss. */

import { CaptureError } from "./errors.js";

const REMEMBERED = "face-capture.camera";
const WANTED = { width: { ideal: 960 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
/** Pixels of a camera's shorter and longer side, at least. */
export const LEAST = Object.freeze({ short: 240, long: 320 });

// Programs that feed a browser with films. A label proves nothing: a driver may have any name.
const VIRTUAL = new RegExp(
  [
    "virtual", "\\bobs\\b", "manycam", "xsplit", "splitcam", "camtwist", "snap camera", "vcam",
    "v4l2", "loopback", "akvcam", "webcamoid", "e2esoft", "mmhmm", "avatarify", "facerig",
    "animaze", "\\bndi\\b", "unity video", "deepfacelive", "screen ?cap", "sparkocam", "wecam",
  ].join("|"),
  "i",
);

/**
 * Return true if a camera with this label is a program.
 *
 * @param {string} label
 * @returns {boolean}
 */
export function isVirtual(label) {
  return VIRTUAL.test(label);
}

/**
 * Return the reason why this browser cannot capture here, or null. Asks for no permission.
 *
 * @returns {Promise<CaptureError | null>}
 */
export async function supportProblem() {
  if (!isSecureContext) {
    return new CaptureError("insecure_context", "cameras need https:// or localhost");
  }
  if (!navigator.mediaDevices?.getUserMedia || !("toBlob" in HTMLCanvasElement.prototype)) {
    return new CaptureError("unsupported_browser", "there is no getUserMedia");
  }
  if (!isAllowedByPage()) {
    return new CaptureError("camera_not_allowed_here", 'the frame lacks allow="camera"');
  }
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some(isCamera) ? null : new CaptureError("camera_missing");
}

/**
 * Return the state of the camera's permission; `unknown` where the browser does not tell.
 *
 * @returns {Promise<PermissionState | "unknown">}
 */
export async function permissionState() {
  try {
    const name = /** @type {PermissionName} */ ("camera");
    return (await navigator.permissions.query({ name })).state;
  } catch {
    return "unknown"; // browsers that do not know this name throw
  }
}

/** A camera that is open, and shown by a video. */
export class Camera {
  /**
   * @param {MediaStream} stream
   * @param {HTMLVideoElement} video
   * @param {boolean} refusesVirtual
   */
  constructor(stream, video, refusesVirtual) {
    this.#stream = stream;
    this.#video = video;
    this.#refusesVirtual = refusesVirtual;
    [this.#track] = /** @type {[MediaStreamTrack]} */ (stream.getVideoTracks());
  }

  #stream;
  #video;
  #refusesVirtual;
  #track;

  /**
   * Ask for a camera and show it: this one, else the one chosen before, else the front camera.
   *
   * @param {HTMLVideoElement} video
   * @param {{deviceId?: string, refusesVirtual?: boolean}} [choice]
   * @returns {Promise<Camera>}
   * @throws {CaptureError}
   */
  static async open(video, { deviceId = remembered(), refusesVirtual = false } = {}) {
    let stream = await streamOf(deviceId);
    if (refusesVirtual && isVirtual(labelOf(stream))) {
      stop(stream);
      const real = (await cameras()).find(({ label }) => !isVirtual(label));
      if (!real) throw new CaptureError("virtual_camera", labelOf(stream));
      stream = await streamOf(real.deviceId);
    }
    const camera = new Camera(stream, video, refusesVirtual);
    await camera.#show();
    return camera;
  }

  /** True if the preview should be a mirror. */
  get isFront() {
    return this.#track.getSettings().facingMode !== "environment";
  }

  get deviceId() {
    return this.#track.getSettings().deviceId ?? "";
  }

  get isLost() {
    return this.#track.readyState === "ended";
  }

  /** Call the function once when the camera is unplugged or taken away. */
  onLost(/** @type {() => void} */ lost) {
    this.#track.addEventListener("ended", lost, { once: true });
  }

  /**
   * Return the cameras to choose from.
   *
   * @returns {Promise<MediaDeviceInfo[]>}
   */
  async choices() {
    const all = await cameras();
    return this.#refusesVirtual ? all.filter(({ label }) => !isVirtual(label)) : all;
  }

  /** Open this camera the next time, too. */
  remember() {
    try {
      localStorage.setItem(REMEMBERED, this.deviceId);
    } catch {
      // Browsers may forbid pages in frames to store anything: the choice then lasts for this page.
    }
  }

  close() {
    stop(this.#stream);
    if (this.#video.srcObject === this.#stream) this.#video.srcObject = null;
  }

  async #show() {
    const video = this.#video;
    video.muted = true;
    video.playsInline = true;
    video.srcObject = this.#stream;
    try {
      await video.play();
    } catch (error) {
      this.close();
      throw new CaptureError("camera_in_use", String(error));
    }
    const sides = [video.videoWidth, video.videoHeight];
    if (Math.min(...sides) < LEAST.short || Math.max(...sides) < LEAST.long) {
      this.close();
      throw new CaptureError("camera_too_small", sides.join(" x "));
    }
  }
}

/**
 * @param {string} deviceId empty: the front camera
 * @returns {Promise<MediaStream>}
 */
async function streamOf(deviceId) {
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "user" };
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { ...WANTED, ...which } });
  } catch (error) {
    // The remembered camera is gone.
    if (deviceId && nameOf(error) === "OverconstrainedError") return streamOf("");
    throw ofMedia(error);
  }
}

/**
 * @param {unknown} error
 * @returns {CaptureError}
 */
function ofMedia(error) {
  switch (nameOf(error)) {
    case "NotAllowedError":
    case "SecurityError":
      return new CaptureError("permission_denied", String(error));
    case "NotFoundError":
    case "OverconstrainedError":
      return new CaptureError("camera_missing", String(error));
    case "NotReadableError":
    case "AbortError":
      return new CaptureError("camera_in_use", String(error));
    default:
      return new CaptureError("unexpected", String(error));
  }
}

/** @param {unknown} error */
function nameOf(error) {
  return error instanceof Error || error instanceof DOMException ? error.name : "";
}

/** @returns {Promise<MediaDeviceInfo[]>} */
async function cameras() {
  return (await navigator.mediaDevices.enumerateDevices()).filter(isCamera);
}

/** @param {MediaDeviceInfo} device */
function isCamera(device) {
  return device.kind === "videoinput";
}

/** @param {MediaStream} stream */
function labelOf(stream) {
  return stream.getVideoTracks()[0]?.label ?? "";
}

/** @param {MediaStream} stream */
function stop(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** Return false if the page's policy, or that of the frame around it, forbids the camera. */
function isAllowedByPage() {
  const policy = /** @type {any} */ (document).featurePolicy; // in Chromium only
  return policy?.allowsFeature?.("camera") ?? true;
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) ?? "";
  } catch {
    return "";
  }
}
