/** The last screen: how it ended, without a score. */

import { messageScreen } from "./message.js";

/**
 * @param {object} shown
 * @param {import("../texts.js").Texts} shown.texts
 * @param {import("../capture.js").Outcome} shown.outcome
 * @param {(() => void) | null} shown.again null: there is no further try
 * @param {boolean} [shown.isLast] say so
 * @returns {HTMLElement}
 */
export function endedScreen({ texts, outcome: { outcome, reason }, again, isLast = false }) {
  if (outcome !== "failed") {
    const name = outcome === "completed" ? "enrolled" : outcome;
    return messageScreen({
      mark: outcome === "cancelled" ? "warning" : "done",
      title: texts.of(`${name}_title`),
      lines: [texts.of(`${name}_text`)],
    });
  }
  const keys = [...(again ? [] : [`failed_${reason}_last`]), `failed_${reason}`];
  const key = keys.find((each) => texts.has(each)) ?? "failed_other";
  return messageScreen({
    mark: "failed",
    title: texts.of(reason === "no_match" ? "failed_no_match_title" : "failed_title"),
    lines: [texts.of(key), isLast ? texts.of("no_more_tries") : ""],
    actions: again ? [{ text: texts.of("retry"), action: again, isMain: true }] : [],
  });
}
