/** The list of calls on the page, newest first. */

/** @typedef {import("./journal.js").Call} Call */

// A capture posts several frames a second.
const MOST = 200;

export class CallList {
  /** @type {Call[]} */
  all = [];
  #list;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
  }

  /** @param {Call} call */
  add(call) {
    this.all = [...this.all, call].slice(-MOST);
    this.#list.prepend(itemOf(call));
    while (this.#list.children.length > MOST) this.#list.lastElementChild?.remove();
  }
}

/** @param {Call} call */
function itemOf(call) {
  const told = call.status ? String(call.status) : "no answer";
  const status = element("span", `${told}, ${call.milliseconds} ms`, "status");
  if (!call.status || call.status >= 400) status.classList.add("bad");
  const reason = call.answer?.reason ?? call.answer?.code;
  const summary = document.createElement("summary");
  summary.append(
    element("b", call.method),
    element("span", call.path),
    element("span", reason ?? ""),
    status,
  );
  const details = document.createElement("details");
  const request = call.json ?? call.form;
  details.append(summary);
  if (request) details.append(block("Request", "→", request));
  details.append(block("Answer", "←", call.answer));
  const item = document.createElement("li");
  item.append(details);
  return item;
}

/**
 * Return a value as JSON, in a block that can be scrolled without a mouse.
 *
 * @param {string} label
 * @param {string} arrow
 * @param {unknown} value
 */
function block(label, arrow, value) {
  const pre = element("pre", `${arrow} ${JSON.stringify(value, null, 2)}`);
  pre.tabIndex = 0;
  pre.setAttribute("role", "region");
  pre.setAttribute("aria-label", label);
  return pre;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} [className]
 */
function element(name, text, className = "") {
  return Object.assign(document.createElement(name), { textContent: text, className });
}
