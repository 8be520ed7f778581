/** Hints read aloud, by a voice of the device itself: others send the texts to their makers. */

export class Voice {
  #voice;

  /** @param {SpeechSynthesisVoice} voice */
  constructor(voice) {
    this.#voice = voice;
  }

  isOn = false;

  /**
   * Return the device's voice for a language, or null.
   *
   * @param {string} language
   * @returns {Promise<Voice | null>}
   */
  static async of(language) {
    if (!("speechSynthesis" in globalThis)) return null;
    const own = (await voices()).find(
      ({ lang, localService }) => localService && lang.toLowerCase().split(/[-_]/)[0] === language,
    );
    return own ? new Voice(own) : null;
  }

  /** @param {string} text */
  say(text) {
    if (!this.isOn || !text) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = this.#voice;
    utterance.lang = this.#voice.lang;
    speechSynthesis.cancel();
    speechSynthesis.speak(utterance);
  }

  stop() {
    this.isOn = false;
    speechSynthesis.cancel();
  }
}

// Browsers load their voices late, and some have none.
const LATEST = 1000;

/** @returns {Promise<SpeechSynthesisVoice[]>} */
function voices() {
  const known = speechSynthesis.getVoices();
  if (known.length > 0) return Promise.resolve(known);
  return new Promise((resolve) => {
    const answer = () => resolve(speechSynthesis.getVoices());
    speechSynthesis.addEventListener("voiceschanged", answer, { once: true });
    setTimeout(answer, LATEST);
  });
}
