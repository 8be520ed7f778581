/** Shows texts no faster than people read, or screen readers speak. */

const SHORTEST = 1200;

/**
 * Shows the newest text; one that comes too soon waits, and gives way to a newer one.
 */
export class Hints {
  #show;
  #shown = "";
  #since = -Infinity;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;

  /** @param {(text: string) => void} show */
  constructor(show) {
    this.#show = show;
  }

  /** @param {string} text */
  offer(text) {
    clearTimeout(this.#timer);
    if (text === this.#shown) return;
    const wait = this.#since + SHORTEST - performance.now();
    if (wait <= 0) this.#now(text);
    else this.#timer = setTimeout(() => this.#now(text), wait);
  }

  stop() {
    clearTimeout(this.#timer);
  }

  /** @param {string} text */
  #now(text) {
    this.#since = performance.now();
    this.#shown = text;
    this.#show(text);
  }
}
