/** What a tab keeps of its link, so that loading the page again does not end the capture. */

/**
 * Return what was kept; null without anything, and in frames that may keep nothing.
 *
 * @param {string} name
 */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Keep it until the tab is closed, where the browser lets the page.
 *
 * @param {string} name
 * @param {unknown} value as JSON
 */
export function keep(name, value) {
  try {
    sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Loading the page again will need another link.
  }
}
