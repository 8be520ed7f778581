/** The capture page: opens its link, shows `<face-capture>`, and tells how the session ended. */

import { LANGUAGES, defineFaceCapture } from "../sdk/face-capture.js";
import { CallRefused, PageApi } from "./api.js";
import { Handover } from "./handover.js";
import { keep, recall } from "./kept.js";
import { Parent } from "./parent.js";
import { button, message, show } from "./screens.js";
import { Texts } from "./texts.js";

/**
 * @typedef {import("./api.js").Opened} Opened
 * @typedef {import("./api.js").PageSession} PageSession
 * @typedef {import("./api.js").End} End
 */

const { dataset } = document.documentElement;
const api = new PageApi(dataset.api ?? "");
const secret = location.pathname.split("/").at(-1) ?? "";
// The link works once: a page that is loaded again goes on with what it got.
const KEPT = `faceplatform.capture.${secret}`;
const RIGHT_TO_LEFT = new Set(["ar"]);
// Where the service does not answer.
/** @type {import("./api.js").State} */
const UNKNOWN = { state: "none", outcome: null };
// Screens of the element on which nothing is under way.
const IDLE = new Set(["start", "unsupported", "error"]);
// Milliseconds for which Start waits to hear that the session is still open.
const PATIENCE = 3000;

/** Begin, and begin again after a failure. */
async function begin() {
  const first = languageOf(dataset.language);
  const texts = await Texts.load(first, {});
  speak(first);
  try {
    const opened = await open();
    const language = languageOf(opened.language ?? "");
    speak(language);
    const own = opened.texts[language] ?? {};
    new CapturePage(opened, language, own, await Texts.load(language, own)).show();
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error;
    showRefusal(texts, error);
  }
}

/**
 * Return what the link gives: from this tab's memory, or by using the link up.
 *
 * @returns {Promise<Opened>}
 */
async function open() {
  const kept = recall(KEPT);
  if (kept) return kept;
  const opened = await api.redeem(secret);
  keep(KEPT, opened);
  return opened;
}

/** @param {string} [wanted] */
function languageOf(wanted) {
  const tags = wanted ? [wanted] : navigator.languages;
  const languages = tags.map((tag) => tag.split("-")[0]?.toLowerCase() ?? "");
  return languages.find((language) => LANGUAGES.includes(language)) ?? "en";
}

/** @param {string} language */
function speak(language) {
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language) ? "rtl" : "ltr";
}

/** @type {Record<string, string>} */
const REFUSALS = {
  capture_link_used: "used",
  capture_link_expired: "expired",
  capture_link_not_found: "unknown",
};

/**
 * @param {Texts} texts
 * @param {CallRefused} refusal
 */
function showRefusal(texts, { code }) {
  const name = REFUSALS[code];
  if (name) return show(message(texts, `page_${name}`));
  show(message(texts, "page_unavailable", button(texts.of("page_again"), begin, "main")));
}

// Screens by outcome; `page_not_done` for all others.
/** @type {Record<string, string>} */
const ENDS = {
  completed: "page_done",
  matched: "page_done",
  cancelled: "page_cancelled",
  expired: "page_expired",
};

class CapturePage {
  /**
   * @param {Opened} opened
   * @param {string} language
   * @param {Record<string, string>} own the client's wording
   * @param {Texts} texts
   */
  constructor(opened, language, own, texts) {
    this.opened = opened;
    this.language = language;
    this.texts = texts;
    this.parent = new Parent(opened.parents, { cancel: () => this.#leave() });
    this.hasEnded = false;
    this.calls = api.of(opened.session.token);
    /** @type {string | null} how a session ended after which there is another try */
    this.failure = null;
    this.screen = "";
    this.handover = new Handover(this.calls, texts, {
      stay: opened.handover === "require" ? null : () => this.showElement(),
      cancel: () => this.#cancelElsewhere(),
      ended: (end) => this.endElsewhere(end),
    });
    this.element = this.#newElement(own);
    this.phone = button(texts.of("page_phone"), () => this.handOver());
    document.addEventListener("visibilitychange", () => this.#lookAgain());
  }

  /** Show the first screen: the camera's, the code for a phone, or the end of a session that is over. */
  async show() {
    document.title = this.opened.appearance.name;
    this.#paint();
    const { state, outcome, ...end } = await this.calls.state().catch(() => UNKNOWN);
    if (state === "ended") return this.endElsewhere({ outcome: outcome ?? "failed", ...end });
    if (state === "connected" && !this.opened.is_handover) return this.handover.follow();
    this.#showCamera();
  }

  /** Show the camera's screen, or the code where the policy demands a phone and this is none. */
  #showCamera() {
    if (this.opened.handover === "require" && !isPhone()) this.handOver();
    else this.showElement();
  }

  /**
   * Return true if the session is open. Show its end if it has ended: its time may be over, or its
   * user erased, without a call of this page. A service that cannot be reached is taken for open.
   */
  async #isOpen() {
    const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, UNKNOWN));
    const asked = this.calls.state().catch(() => UNKNOWN);
    const { state, outcome, ...end } = await Promise.race([asked, late]);
    if (state !== "ended") return true;
    this.endElsewhere({ outcome: outcome ?? "failed", ...end });
    return false;
  }

  /** Whoever comes back to the tab sees how the session ended in the meantime. */
  #lookAgain() {
    const isIdle = IDLE.has(this.screen) && this.element.isConnected && !this.element.hidden;
    if (document.visibilityState === "visible" && isIdle && !this.hasEnded) this.#isOpen();
  }

  showElement() {
    this.screen = "start";
    show(this.element, this.phone);
  }

  handOver() {
    this.handover.begin();
  }

  /** @param {Record<string, string>} own the client's wording */
  #newElement(own) {
    const { session, appearance, refuse_virtual_cameras: refuses } = this.opened;
    const element = /** @type {import("../sdk/face-capture.js").FaceCaptureElement} */ (
      document.createElement("face-capture")
    );
    Object.assign(element, {
      session: this.#captured(session),
      language: this.language,
      texts: own,
      notice: this.#notice(),
      refuseVirtualCameras: refuses,
      appearance: { ...appearance, logoUrl: appearance.logo_url },
      mayStart: () => this.#isOpen(),
    });
    /** @type {(name: string, told: (detail: any) => void) => void} */
    const on = (name, told) =>
      element.addEventListener(name, (event) => told(/** @type {CustomEvent} */ (event).detail));
    on("screen", ({ screen }) => this.#offerPhone(screen));
    on("completed", ({ outcome }) => this.#ask(outcome));
    on("failed", () => this.#ask("failed"));
    on("cancelled", () => this.#cancel());
    on("error", ({ code }) => {
      this.parent.tell("error", { code });
      if (code === "session_invalid") this.#ask("failed");
    });
    return element;
  }

  /** Return what happens to the pictures: the client's words, and what this service does. */
  #notice() {
    const { notice, keeps_images: keeps, session } = this.opened;
    const lines = [notice, this.texts.of(keeps ? "page_pictures_kept" : "page_pictures_deleted")];
    if (session.kind === "enrollment") lines.push(this.texts.of("page_template_kept"));
    return lines.filter(Boolean).join(" ");
  }

  /**
   * Offer the phone where the policy lets it, while nothing is under way, and not on a phone.
   *
   * @param {string} screen
   */
  #offerPhone(screen) {
    this.screen = screen;
    this.phone.hidden = this.opened.handover === "refuse" || isPhone() || !IDLE.has(screen);
  }

  async #cancel() {
    await this.calls.cancel().catch(() => {}); // it has ended: nothing is left to cancel
    const { outcome } = await this.#askEnd("cancelled");
    this.end({ outcome });
  }

  /** The same from a screen without the element's. */
  async #cancelElsewhere() {
    this.handover.stop();
    await this.calls.cancel().catch(() => {});
    this.endElsewhere(await this.#askEnd("cancelled"));
  }

  /** @param {string} known how the browser saw it end */
  async #ask(known) {
    this.end(await this.#askEnd(known));
  }

  /**
   * Ask the service how the session ended: the element's word is the browser's alone.
   *
   * @param {string} known how the browser saw it end
   * @returns {Promise<End>}
   */
  async #askEnd(known) {
    const { outcome, retries_left } = await this.calls.state().catch(() => UNKNOWN);
    return { outcome: outcome ?? known, retries_left };
  }

  /**
   * Tell the parent, and offer the way on. The element shows its own last screen.
   *
   * @param {End} end
   */
  end(end) {
    if (!this.#tellEnd(end)) return;
    this.element.retry = this.#hasRetry(end) ? () => this.#retryInElement() : null;
    const back = this.opened.is_handover ? message(this.texts, "page_go_back") : null;
    show(this.element, this.#wayOn(end), back);
  }

  /**
   * The same for a session that ended without the element of this page.
   *
   * @param {End} end
   */
  endElsewhere(end) {
    if (!this.#tellEnd(end)) return;
    const again = this.#hasRetry(end)
      ? button(this.texts.of("page_again"), () => this.#retryElsewhere(end), "main")
      : null;
    const name = again ? "page_not_yet" : (ENDS[end.outcome] ?? "page_not_done");
    show(message(this.texts, name, again, this.#wayOn(end)));
  }

  /**
   * A parent may close the page at the event `ended`, and not while there is another try. Return
   * false after the last end, which is told and shown once.
   *
   * @param {End} end
   */
  #tellEnd(end) {
    if (this.hasEnded) return false;
    this.hasEnded = !this.#hasRetry(end);
    const event = this.#hasRetry(end) ? "failed" : "ended";
    this.failure = event === "failed" ? end.outcome : null;
    this.parent.tell(event, { session_id: this.opened.session.session_id, outcome: end.outcome });
    return true;
  }

  /** The parent wants no more: cancel, or give up the try that is left. */
  #leave() {
    if (this.hasEnded) return;
    if (this.failure) this.end({ outcome: this.failure });
    else if (this.element.isConnected && !this.element.hidden) this.element.cancel();
    else this.#cancelElsewhere();
  }

  /** @param {End} end */
  #hasRetry({ retries_left: left = 0 }) {
    return left > 0 && !this.opened.is_handover;
  }

  /** Return the session of another try as the element takes it; null if there is none. */
  async #retryInElement() {
    const session = await this.#retry();
    if (session) {
      this.showElement();
      return this.#captured(session);
    }
    const { outcome } = await this.#askEnd("failed");
    this.end({ outcome });
    return null;
  }

  /** @param {End} end of the session before */
  async #retryElsewhere({ outcome }) {
    try {
      const session = await this.#retry();
      if (!session) return this.endElsewhere({ outcome });
      this.element.session = this.#captured(session);
      this.#showCamera();
    } catch {
      const again = button(this.texts.of("page_again"), () => this.#retryElsewhere({ outcome }), "main");
      show(message(this.texts, "page_unavailable", again));
    }
  }

  /**
   * Open a session for another try, and keep it; return null if the service gives none.
   *
   * @returns {Promise<PageSession | null>}
   * @throws {CallRefused} the service cannot be reached
   */
  async #retry() {
    try {
      Object.assign(this.opened, await this.calls.retry());
      this.failure = null;
      keep(KEPT, this.opened);
      return this.opened.session;
    } catch (error) {
      if (error instanceof CallRefused && error.isFinal) return null;
      throw error;
    }
  }

  /**
   * Return the session as the element takes it.
   *
   * @param {PageSession} session
   */
  #captured({ token, kind }) {
    return { token, kind, apiBase: api.base, language: this.language };
  }

  /** @param {End} end */
  #wayOn(end) {
    const { return_url: url, session } = this.opened;
    if (!url) return null;
    const target = new URL(url);
    target.searchParams.set("session_id", session.session_id);
    target.searchParams.set("outcome", end.outcome);
    const link = document.createElement("a");
    link.className = this.#hasRetry(end) ? "button" : "button main";
    link.href = target.href;
    link.target = "_top";
    link.rel = "noreferrer";
    link.textContent = this.texts.of("page_continue");
    return link;
  }

  /** Give the page the client's colours; the element has them, too. */
  #paint() {
    const { theme, colors } = this.opened.appearance;
    document.documentElement.dataset.theme = theme;
    for (const [name, color] of Object.entries(colors ?? {})) {
      document.documentElement.style.setProperty(`--page-${name}`, color);
    }
  }
}

/** A phone or a device like one, which needs no other. */
const isPhone = () => matchMedia("(pointer: coarse)").matches;

defineFaceCapture();
begin();
