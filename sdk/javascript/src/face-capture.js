/**
 * The camera side of Faceplatform: `FaceCapture` without a user interface, and the element
 * `<face-capture>` with all its screens.
 */

import { FaceCaptureElement } from "./element.js";

export { FaceCapture } from "./capture.js";
export { supportProblem } from "./camera.js";
export { CaptureError } from "./errors.js";
export { LANGUAGES } from "./texts.js";
export { FaceCaptureElement };

/** @typedef {import("./api.js").Session} Session */
/** @typedef {import("./element.js").Appearance} Appearance */

/** Define `<face-capture>`. A second call does nothing. */
export function defineFaceCapture() {
  if (!customElements.get("face-capture")) {
    customElements.define("face-capture", FaceCaptureElement);
  }
}
