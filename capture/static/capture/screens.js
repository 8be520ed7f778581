/** The page's own screens, beside those of the element. */

const page = /** @type {HTMLElement} */ (document.getElementById("page"));

/**
 * Show these nodes and nothing else. The element is hidden, not removed: it would take that for the
 * end of the capture.
 *
 * @param {...(HTMLElement | null)} nodes
 */
export function show(...nodes) {
  const wanted = nodes.filter((node) => node !== null);
  for (const node of /** @type {HTMLElement[]} */ ([...page.children])) {
    if (node.localName === "face-capture") node.hidden = !wanted.includes(node);
    else if (!wanted.includes(node)) node.remove();
  }
  for (const node of wanted) if (node.parentNode !== page) page.append(node);
  if (!page.querySelector(":scope > face-capture:not([hidden])")) page.querySelector("h2")?.focus();
}

/**
 * Return a screen of a title, a text and further nodes.
 *
 * @param {import("./texts.js").Texts} texts
 * @param {string} name of the texts: `…_title` and `…_text`
 * @param {...(HTMLElement | null)} nodes
 */
export function message(texts, name, ...nodes) {
  const section = document.createElement("section");
  section.className = "message";
  const title = document.createElement("h2");
  title.tabIndex = -1;
  title.textContent = texts.of(`${name}_title`);
  const text = document.createElement("p");
  text.textContent = texts.of(`${name}_text`);
  section.append(title, text, ...nodes.filter((node) => node !== null));
  return section;
}

/**
 * Return a button.
 *
 * @param {string} label
 * @param {() => unknown} press
 * @param {string} [look] further classes
 */
export function button(label, press, look = "") {
  const made = document.createElement("button");
  made.type = "button";
  made.className = `button ${look}`;
  made.textContent = label;
  made.addEventListener("click", press);
  return made;
}
