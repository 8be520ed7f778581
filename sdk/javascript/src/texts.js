/** The texts of a language. */

// Spelled out, so that bundlers find the files.
/** @type {Record<string, () => Promise<{default: Record<string, string>}>>} */
const FILES = {
  en: () => import("./texts/en.js"),
  fr: () => import("./texts/fr.js"),
  es: () => import("./texts/es.js"),
  pt: () => import("./texts/pt.js"),
  id: () => import("./texts/id.js"),
  de: () => import("./texts/de.js"),
  ar: () => import("./texts/ar.js"),
};

export const LANGUAGES = Object.freeze(Object.keys(FILES));

/**
 * Return the language that there are texts in: of `pt-BR`, `pt`; English for any other.
 *
 * @param {string} [tag]
 * @returns {string}
 */
export function languageOf(tag = "") {
  const language = tag.toLowerCase().split("-")[0] ?? "";
  return language in FILES ? language : "en";
}

/** @param {string} language */
export function directionOf(language) {
  return language === "ar" ? "rtl" : "ltr";
}

/** Returns the text of a key; the values replace `{name}` in it. */
export class Texts {
  #texts;

  /** @param {Record<string, string>} texts */
  constructor(texts) {
    this.#texts = texts;
  }

  /**
   * Load the texts of a language. Keys of `overrides` take precedence.
   *
   * @param {string} language
   * @param {Record<string, string>} [overrides]
   * @returns {Promise<Texts>}
   */
  static async load(language, overrides = {}) {
    const { default: own } = await /** @type {NonNullable<typeof FILES[string]>} */ (
      FILES[languageOf(language)]
    )();
    return new Texts({ ...own, ...overrides });
  }

  /** @param {string} key */
  has(key) {
    return Object.hasOwn(this.#texts, key);
  }

  /**
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   * @returns {string} empty for an unknown key
   */
  of(key, values = {}) {
    const text = Object.hasOwn(this.#texts, key) ? (this.#texts[key] ?? "") : "";
    return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /**
   * Return the advice for a frame's reason; of an unknown one, that of `undecided`.
   *
   * @param {string} reason
   * @returns {string}
   */
  hint(reason) {
    return this.of(this.has(`hint_${reason}`) ? `hint_${reason}` : "hint_undecided");
  }
}
