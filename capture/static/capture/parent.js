/** The page around this one, where the client allows it: what it is told, and what it may ask for. */

const TYPE = "faceplatform.capture";

export class Parent {
  #allowed;
  /** @type {string | null} */
  #origin = null;
  /** @type {object[]} */
  #waiting = [];

  /**
   * @param {string[]} allowed origins
   * @param {Record<string, () => void>} requests by their name
   */
  constructor(allowed, requests) {
    this.#allowed = allowed;
    if (window.parent === window) return;
    // Not every browser tells who is around the page: then the parent says so first.
    this.#meet(location.ancestorOrigins?.[0] ?? (allowed.length === 1 ? String(allowed[0]) : ""));
    addEventListener("message", ({ source, origin, data }) => {
      if (source !== window.parent || !allowed.includes(origin) || data?.type !== TYPE) return;
      this.#meet(origin);
      requests[data.request]?.();
    });
  }

  /**
   * Tell the parent, as soon as it is known.
   *
   * @param {string} event
   * @param {object} facts
   */
  tell(event, facts) {
    if (window.parent === window) return;
    this.#waiting.push({ type: TYPE, event, ...facts });
    this.#send();
  }

  /** @param {string} origin */
  #meet(origin) {
    if (this.#allowed.includes(origin)) this.#origin = origin;
    this.#send();
  }

  #send() {
    if (!this.#origin) return;
    for (const message of this.#waiting.splice(0)) window.parent.postMessage(message, this.#origin);
  }
}
