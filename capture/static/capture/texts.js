/** The page's own texts, by language. English has every key. */

export class Texts {
  #texts;

  /** @param {Record<string, string>} texts */
  constructor(texts) {
    this.#texts = texts;
  }

  /**
   * Load a language, with the client's wording in its place.
   *
   * @param {string} language
   * @param {Record<string, string>} own
   */
  static async load(language, own) {
    const { default: texts } = await import(`./texts/${language}.js`);
    return new Texts({ ...texts, ...own });
  }

  /**
   * Return a text by its key.
   *
   * @param {string} key
   */
  of(key) {
    return this.#texts[key] ?? "";
  }
}
