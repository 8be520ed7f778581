/** Screens that say one thing. */

import { button, h, heading } from "../dom.js";
import { sign } from "../drawings.js";

/**
 * @param {object} shown
 * @param {Parameters<typeof sign>[0]} shown.mark
 * @param {string} shown.title
 * @param {string[]} shown.lines
 * @param {Array<{text: string, action: () => void, isMain?: boolean}>} [shown.actions]
 * @returns {HTMLElement}
 */
export function messageScreen({ mark, title, lines, actions = [] }) {
  return h(
    "section",
    { class: "message" },
    sign(mark),
    heading(title),
    ...lines.filter(Boolean).map((line) => h("p", {}, line)),
    actions.length > 0 &&
      h(
        "div",
        { class: "actions" },
        ...actions.map(({ text, action, isMain }) =>
          button(text, action, { class: isMain ? "main" : null }),
        ),
      ),
  );
}
