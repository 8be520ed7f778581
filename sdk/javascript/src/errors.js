/** Errors with stable codes. */

/**
 * @typedef {"unsupported_browser" | "insecure_context" | "camera_missing" | "camera_in_use"
 *   | "camera_lost" | "camera_too_small" | "camera_not_allowed_here" | "virtual_camera"
 *   | "permission_denied" | "connection_lost" | "origin_refused" | "session_invalid"
 *   | "session_kind_unknown"
 *   | "service_unavailable" | "frame_refused" | "unexpected"} ErrorCode
 */

export class CaptureError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} [detail] for developers, in English
   */
  constructor(code, detail = "") {
    super(detail || code);
    this.name = "CaptureError";
    this.code = code;
    this.detail = detail;
  }
}

/**
 * Return the error itself if it has a code, else one with the code `unexpected`.
 *
 * @param {unknown} error
 * @returns {CaptureError}
 */
export function asCaptureError(error) {
  return error instanceof CaptureError ? error : new CaptureError("unexpected", String(error));
}
