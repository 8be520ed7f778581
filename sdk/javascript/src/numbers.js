/** Numbers of frames. */

const MOST_NUMBERS = 2 ** 31;
// More than the frames that are posted in a second.
const NUMBERS_A_SECOND = 5;

/** Numbers that rise, also after the page was loaded again or on the person's other device. */
export class FrameNumbers {
  #next = Math.floor((Date.now() * NUMBERS_A_SECOND) / 1000) % MOST_NUMBERS;
  #isOn = true;

  /** @returns {number | null} */
  next() {
    this.#next = (this.#next + 1) % MOST_NUMBERS;
    return this.#isOn ? this.#next : null;
  }

  /** Number no further frame: the session has seen higher numbers, by the clock of another device. */
  stop() {
    this.#isOn = false;
  }
}
