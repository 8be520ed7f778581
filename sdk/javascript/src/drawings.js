/** Drawings. They repeat texts beside them, and are hidden from screen readers. */

import { s } from "./dom.js";

const HIDDEN = { "aria-hidden": "true", focusable: "false" };

/**
 * Return a head in an oval.
 *
 * @param {number} scale 1: it fills the oval
 * @param {boolean} isGood
 */
export function headInOval(scale, isGood) {
  const head = s("g", { class: "head", transform: `translate(40 48) scale(${scale})` });
  head.append(
    s("ellipse", { cx: 0, cy: -4, rx: 19.5, ry: 25.5 }),
    s("path", { d: "M-34 52c0-22 14-28 34-28s34 6 34 28z" }),
  );
  return s(
    "svg",
    { ...HIDDEN, viewBox: "0 0 80 96", class: `distance ${isGood ? "good" : "bad"}` },
    head,
    s("ellipse", { class: "oval", cx: 40, cy: 44, rx: 25, ry: 33 }),
    s("path", {
      class: "mark",
      d: isGood ? "M58 80l6 6 11-13" : "M59 74l13 13M72 74l-13 13",
    }),
  );
}

const SIGNS = {
  done: "M12 25l9 9 17-19",
  failed: "M15 15l20 20M35 15l-20 20",
  warning: "M25 11v17M25 36v1",
  camera: "M10 17h20v17H10zM30 23l10-6v17l-10-6",
};

/**
 * Return a sign in a circle.
 *
 * @param {keyof typeof SIGNS} name
 */
export function sign(name) {
  return s(
    "svg",
    { ...HIDDEN, viewBox: "0 0 50 50", class: `sign ${name}` },
    s("circle", { cx: 25, cy: 25, r: 23 }),
    s("path", { d: SIGNS[name] }),
  );
}

/** @type {Record<string, number>} */
const TURNS = { turn_left: 180, turn_right: 0, look_up: -90, look_down: 90 };

/**
 * Return an arrow for the step of a challenge, or null for a step without a direction.
 *
 * @param {string} code
 * @param {boolean} isMirrored the preview is a mirror: the person's left is on the left
 */
export function arrow(code, isMirrored) {
  const turn = TURNS[code];
  if (turn === undefined) return null;
  const isSideways = code.startsWith("turn");
  const degrees = isSideways && !isMirrored ? 180 - turn : turn;
  const path = s("path", { d: "M8 25h32M27 11l14 14-14 14", transform: `rotate(${degrees} 25 25)` });
  return s("svg", { ...HIDDEN, viewBox: "0 0 50 50", class: "arrow" }, path);
}
