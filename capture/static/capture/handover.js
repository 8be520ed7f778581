/** Going on with the session on a phone: a code to scan, and what becomes of it. */

import { button, message, show } from "./screens.js";

const SECONDS_BETWEEN_LOOKS = 2;
// A new code comes before the old one is over.
const SECONDS_BEFORE_END = 20;
/** @type {import("./api.js").State} */
const LOST = { state: "lost", outcome: null };

export class Handover {
  #calls;
  #texts;
  #stay;
  #cancel;
  #ended;
  #turn = 0;
  #shown = "";

  /**
   * @param {import("./api.js").Calls} calls
   * @param {import("./texts.js").Texts} texts
   * @param {object} then
   * @param {(() => void) | null} then.stay go on with this device after all; null where the policy
   *   demands another one
   * @param {() => void} then.cancel
   * @param {(end: import("./api.js").End) => void} then.ended
   */
  constructor(calls, texts, then) {
    this.#calls = calls;
    this.#texts = texts;
    this.#stay = then.stay;
    this.#cancel = then.cancel;
    this.#ended = then.ended;
  }

  /** Show a code, renew it, and follow the phone until the session ends. */
  async begin() {
    const turn = ++this.#turn;
    try {
      const made = await this.#calls.handOver();
      if (turn !== this.#turn) return;
      this.#showCode(made);
      const life = Date.parse(made.capture_link_expires_at) - Date.now();
      await this.#follow(turn, Date.now() + life - SECONDS_BEFORE_END * 1000);
    } catch {
      await this.#explain(turn);
    }
  }

  /**
   * There is no code: because the session has ended, or the service cannot be reached.
   *
   * @param {number} turn
   */
  async #explain(turn) {
    const { state, outcome, ...end } = await this.#calls.state().catch(() => LOST);
    if (turn !== this.#turn) return;
    if (state === "ended") return this.#ended({ outcome: outcome ?? "failed", ...end });
    this.#showTrouble();
  }

  /** Follow the phone no more. */
  stop() {
    this.#turn += 1;
    this.#shown = "";
  }

  /** Follow a phone that is connected already. */
  follow() {
    this.#showConnected();
    return this.#follow(++this.#turn, Infinity);
  }

  #leave() {
    this.stop();
    this.#stay?.();
  }

  /**
   * @param {number} turn
   * @param {number} renewAt milliseconds, as of `Date.now`
   * @returns {Promise<void>}
   */
  async #follow(turn, renewAt) {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, SECONDS_BETWEEN_LOOKS * 1000));
      if (turn !== this.#turn) return;
      const { state, outcome, ...end } = await this.#calls.state().catch(() => LOST);
      if (turn !== this.#turn) return;
      if (state === "ended") return this.#ended({ outcome: outcome ?? "failed", ...end });
      if (state === "connected") this.#showConnected();
      if (state === "waiting" && Date.now() >= renewAt) return this.begin();
    }
  }

  /** @param {import("./api.js").Code} made */
  #showCode({ qr_code: svg, capture_url: url }) {
    const code = document.createElement("img");
    code.className = "code";
    code.alt = this.#texts.of("page_phone_code");
    code.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    const address = document.createElement("p");
    address.className = "address";
    address.textContent = url;
    this.#shown = "code";
    show(message(this.#texts, "page_phone", code, address, this.#stayButton(), this.#cancelButton()));
  }

  #showConnected() {
    if (this.#shown === "connected") return;
    this.#shown = "connected";
    const other = button(this.#texts.of("page_new_code"), () => this.begin());
    show(message(this.#texts, "page_connected", other, this.#stayButton(), this.#cancelButton()));
  }

  #showTrouble() {
    const again = button(this.#texts.of("page_again"), () => this.begin(), "main");
    show(message(this.#texts, "page_unavailable", again, this.#stayButton()));
  }

  #cancelButton() {
    return button(this.#texts.of("page_cancel"), () => this.#cancel());
  }

  #stayButton() {
    return this.#stay && button(this.#texts.of("page_stay"), () => this.#leave());
  }
}
