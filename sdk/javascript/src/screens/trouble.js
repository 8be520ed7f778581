/** The screen for an error: its name, and the way out of it. */

import { messageScreen } from "./message.js";

// Neither another try nor this page can help.
const FINAL = new Set([
  "unsupported_browser", "insecure_context", "camera_not_allowed_here", "session_invalid",
  "session_kind_unknown",
]);

/**
 * @param {object} shown
 * @param {import("../texts.js").Texts} shown.texts
 * @param {string} shown.code
 * @param {() => void} shown.again
 * @param {() => void} shown.cancel
 * @returns {HTMLElement}
 */
export function troubleScreen({ texts, code, again, cancel }) {
  const isDenied = code === "permission_denied";
  return messageScreen({
    mark: isDenied || code.includes("camera") ? "camera" : "warning",
    title: texts.of(`error_${code}`),
    lines: isDenied
      ? [texts.of(`unblock_${browserName()}`), texts.of("unblock_system")]
      : [texts.of(`help_${code}`)],
    actions: FINAL.has(code)
      ? []
      : [
          { text: texts.of("retry"), action: again, isMain: true },
          { text: texts.of("cancel"), action: cancel },
        ],
  });
}

/** Return the name in `unblock_...` of the browser that shows the page. */
function browserName() {
  const agent = navigator.userAgent;
  if (/iPhone|iPad|iPod/.test(agent)) return "ios";
  if (/Firefox\//.test(agent)) return /Android/.test(agent) ? "other" : "firefox";
  if (/Android/.test(agent)) return "android";
  if (/Chrome\/|Chromium\/|Edg\//.test(agent)) return "chrome";
  return /Safari\//.test(agent) ? "safari" : "other";
}
