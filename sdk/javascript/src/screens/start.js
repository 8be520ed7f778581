/** The first screen: who asks, for what, and how to succeed. */

import { button, h, heading } from "../dom.js";
import { headInOval } from "../drawings.js";

/**
 * @param {object} shown
 * @param {import("../texts.js").Texts} shown.texts
 * @param {string} shown.kind of the session
 * @param {import("../element.js").Appearance} shown.appearance
 * @param {string} shown.notice
 * @param {() => void} shown.start
 * @param {() => void} shown.cancel
 * @returns {HTMLElement}
 */
export function startScreen({ texts, kind, appearance: { name, logoUrl }, notice, start, cancel }) {
  return h(
    "section",
    { class: "start" },
    logoUrl && h("img", { class: "logo", src: logoUrl, alt: name ?? "" }),
    heading(texts.of(`title_${kind}`)),
    h("p", {}, texts.of(`lead_${kind}`)),
    name && h("p", {}, texts.of("asked_by", { name })),
    h(
      "ul",
      { class: "distances" },
      distance(texts, "far", 0.65, false),
      distance(texts, "good", 1.2, true),
      distance(texts, "near", 1.9, false),
    ),
    h("h3", {}, texts.of("tips")),
    h(
      "ul",
      { class: "tips" },
      ...["light", "uncover", "alone"].map((tip) => h("li", {}, texts.of(`tip_${tip}`))),
    ),
    h("p", { class: "notice" }, notice || texts.of("notice")),
    h(
      "div",
      { class: "actions" },
      button(texts.of("start"), start, { class: "main" }),
      button(texts.of("cancel"), cancel),
    ),
  );
}

/**
 * @param {import("../texts.js").Texts} texts
 * @param {string} name
 * @param {number} scale
 * @param {boolean} isGood
 */
function distance(texts, name, scale, isGood) {
  return h("li", {}, headInOval(scale, isGood), h("span", {}, texts.of(`distance_${name}`)));
}
