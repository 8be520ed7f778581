/** `<face-capture>`: a capture with all its screens. */

import { requireSession } from "./api.js";
import { supportProblem } from "./camera.js";
import { FaceCapture } from "./capture.js";
import { h, heading } from "./dom.js";
import { asCaptureError } from "./errors.js";
import { CapturingScreen } from "./screens/capturing.js";
import { endedScreen } from "./screens/ended.js";
import { messageScreen } from "./screens/message.js";
import { startScreen } from "./screens/start.js";
import { troubleScreen } from "./screens/trouble.js";
import { styleSheet } from "./style.js";
import { Texts, directionOf, languageOf } from "./texts.js";
import { Voice } from "./voice.js";

/**
 * @typedef {object} Appearance
 * @property {string | null} [name] of the product that asks
 * @property {string | null} [logoUrl]
 * @property {{accent: string, background: string, text: string} | null} [colors] `#rrggbb`; their
 *   contrast is the caller's
 * @property {"light" | "dark" | "auto"} [theme]
 */

const FORWARDED = ["permission", "frame", "hint", "progress", "connection", "completed", "failed",
  "cancelled", "error"];

/**
 * Define the element, create it, set the properties, add it to a page, and listen: it tells the
 * events of `FaceCapture` (they bubble), and `screen` {screen} for each screen that it shows.
 */
export class FaceCaptureElement extends HTMLElement {
  /** @type {import("./api.js").Session | null} */
  session = null;
  /** @type {Record<string, string>} texts that replace those of the language, by their key */
  texts = {};
  /** Refuse cameras that are programs, by their label. */
  refuseVirtualCameras = false;
  /** What happens to the pictures. Empty: a general sentence. */
  notice = "";
  /**
   * Opens a new session for another try, or returns null: there is none. If it throws, the person
   * may ask again. Without it, there is no further try.
   *
   * @type {(() => Promise<import("./api.js").Session | null>) | null}
   */
  #retry = null;
  /**
   * Called when the person presses Start: the camera is asked for if it returns true. A page that
   * returns false shows another screen instead.
   *
   * @type {(() => Promise<boolean>) | null}
   */
  mayStart = null;

  /** @type {Appearance} */
  #appearance = {};
  #root = h("div", { id: "root" });
  /** @type {FaceCapture | null} */
  #capture = null;
  /** @type {CapturingScreen | null} */
  #screen = null;
  /** @type {Promise<Texts> | null} */
  #ready = null;
  #texts = new Texts({});
  #hasEnded = false;
  #isAsking = false;
  /** @type {(() => void) | null} shows the screen of a failure once more */
  #showFailure = null;
  /** @type {Voice | null} */
  #voice = null;

  constructor() {
    super();
    const shadow = this.attachShadow({ mode: "open" });
    shadow.adoptedStyleSheets = [styleSheet()];
    shadow.append(this.#root);
  }

  get retry() {
    return this.#retry;
  }

  set retry(retry) {
    if (retry === this.#retry) return;
    this.#retry = retry;
    this.#showFailure?.();
  }

  /** The language of the texts: `lang` of the element. */
  get language() {
    return languageOf(this.lang);
  }

  set language(/** @type {string} */ language) {
    this.lang = languageOf(language);
  }

  get appearance() {
    return this.#appearance;
  }

  set appearance(/** @type {Appearance} */ appearance) {
    this.#appearance = appearance;
    this.setAttribute("theme", appearance.theme ?? "auto");
    for (const name of /** @type {const} */ (["accent", "background", "text"])) {
      const color = appearance.colors?.[name];
      if (color) this.style.setProperty(`--face-capture-${name}`, color);
      else this.style.removeProperty(`--face-capture-${name}`);
    }
  }

  connectedCallback() {
    this.#ready ??= this.#begin();
  }

  disconnectedCallback() {
    // An element that is only moved is connected again by then.
    queueMicrotask(() => {
      if (!this.isConnected) this.#leave();
    });
  }

  /** Ask for the camera and post frames: the same as the button. */
  async start() {
    await this.#ready;
    if (await supportProblem()) return; // its screen is shown
    await this.#start();
  }

  /** End the capture, switch the camera off, and tell `cancelled`. */
  cancel() {
    if (this.#capture) this.#capture.cancel();
    else this.#tell("cancelled", {});
    this.#end({ outcome: "cancelled", reason: "cancelled" });
  }

  /** Load the texts, look if this browser can capture, and tell `ready` or `unsupported`. */
  async #begin() {
    this.#hasEnded = false;
    this.#showFailure = null;
    await Promise.resolve(); // the page may set properties in the same turn
    this.#root.dir = directionOf(this.language);
    this.#root.lang = this.language;
    this.#texts = await Texts.load(this.language, this.texts);
    this.#voice = await Voice.of(this.language);
    const problem = await supportProblem();
    const fault = this.session && faultOf(this.session);
    if (fault) {
      this.#tell("error", { code: fault.code, detail: fault.detail });
      this.#showTrouble("error", fault.code);
    } else if (problem) {
      this.#showTrouble("unsupported", problem.code);
      this.#tell("unsupported", { code: problem.code, detail: problem.detail });
    } else {
      this.#showStart();
      this.#tell("ready", {});
    }
    return this.#texts;
  }

  /** Look again, after a camera was connected. */
  async #beginAgain() {
    this.#ready = this.#begin();
    await this.#ready;
    this.#focusTitle();
  }

  #showStart() {
    const screen = startScreen({
      texts: this.#texts,
      kind: this.session?.kind ?? "verification",
      appearance: this.#appearance,
      notice: this.notice,
      start: () => this.#start(),
      cancel: () => this.cancel(),
    });
    this.#show("start", screen, { takesFocus: false });
  }

  async #start() {
    if (this.#isAsking || !this.#mayRun()) return;
    this.#isAsking = true;
    try {
      if (!((await this.mayStart?.()) ?? true)) return;
    } finally {
      this.#isAsking = false;
    }
    await this.#run();
  }

  async #run() {
    if (!this.#mayRun()) return;
    this.#show("permission", this.#waiting("permission"));
    try {
      this.#capture ??= this.#newCapture();
      const capture = this.#capture;
      const screen = await this.#open(capture);
      if (screen !== this.#screen) return; // cancelled while the person was asked
      this.#show("capturing", screen.node);
      this.#end(await capture.run());
    } catch (error) {
      const { code, detail } = asCaptureError(error);
      if (!this.#capture) this.#tell("error", { code, detail }); // it tells its own errors
      this.#showTrouble("error", code);
    }
  }

  #mayRun() {
    const isRunning = this.#screen !== null;
    return !isRunning && !this.#hasEnded;
  }

  #newCapture() {
    const { session, language, texts, refuseVirtualCameras } = this;
    const capture = new FaceCapture({
      session: /** @type {import("./api.js").Session} */ (session),
      language,
      texts,
      refuseVirtualCameras,
    });
    for (const name of FORWARDED) {
      capture.addEventListener(name, (event) => {
        if (capture === this.#capture) this.#hear(name, /** @type {CustomEvent} */ (event).detail);
      });
    }
    return capture;
  }

  /**
   * Open the camera into a new capturing screen.
   *
   * @param {FaceCapture} capture
   * @returns {Promise<CapturingScreen>}
   */
  async #open(capture) {
    const screen = new CapturingScreen({
      texts: this.#texts,
      kind: this.session?.kind ?? "verification",
      voice: this.#voice,
      choose: (id) => this.#choose(id),
      cancel: () => this.cancel(),
    });
    capture.video = screen.video;
    this.#screen = screen;
    await capture.open();
    await this.#showCamera(capture, screen);
    return screen;
  }

  /**
   * @param {FaceCapture} capture
   * @param {CapturingScreen} screen
   */
  async #showCamera({ camera }, screen) {
    if (camera) screen.showCamera(camera.isFront, await camera.choices(), camera.deviceId);
  }

  /**
   * Go on with another camera.
   *
   * @param {string} deviceId
   */
  async #choose(deviceId) {
    const [capture, screen] = [this.#capture, this.#screen];
    if (!capture || !screen) return;
    try {
      await capture.open(deviceId);
      await this.#showCamera(capture, screen);
    } catch {
      // `run` has ended with the same error, which is shown.
    }
  }

  /**
   * @param {string} name
   * @param {any} detail
   */
  #hear(name, detail) {
    const screen = this.#screen;
    if (name === "frame") screen?.showFit(detail.fit);
    if (name === "hint") screen?.showHint(detail.text);
    if (name === "progress") screen?.showProgress(detail);
    if (name === "connection") screen?.showConnection(detail.state);
    this.#tell(name, detail);
  }

  /** @param {import("./capture.js").Outcome} outcome */
  #end(outcome, isLast = false) {
    if (this.#hasEnded) return; // cancelled, and shown as such
    this.#hasEnded = true;
    this.#screen?.stop();
    this.#screen = null;
    const screen = () => {
      const again = this.retry && !isLast ? () => this.#again(outcome) : null;
      return endedScreen({ texts: this.#texts, outcome, again, isLast });
    };
    this.#show("ended", screen());
    if (outcome.outcome === "failed") this.#showFailure = () => this.#draw(screen());
  }

  /**
   * Ask the page for a new session, and begin with it.
   *
   * @param {import("./capture.js").Outcome} outcome of the session before
   */
  async #again(outcome) {
    this.#showFailure = null;
    this.#show("checking", this.#waiting("checking"));
    this.#hasEnded = false;
    let session = null;
    try {
      session = (await this.retry?.()) ?? null;
    } catch (error) {
      this.#tell("error", { code: "unexpected", detail: String(error) });
      return this.#end(outcome); // with the button
    }
    if (!session) return this.#end(outcome, true);
    this.session = session;
    this.#capture = null;
    await this.#run();
  }

  /**
   * @param {string} screen
   * @param {string} code
   */
  #showTrouble(screen, code) {
    this.#screen?.stop();
    this.#screen = null;
    const again = () => (screen === "unsupported" ? this.#beginAgain() : this.#run());
    const cancel = () => this.cancel();
    this.#show(screen, troubleScreen({ texts: this.#texts, code, again, cancel }), {
      takesFocus: screen !== "unsupported",
    });
  }

  /** @param {"permission" | "checking"} name */
  #waiting(name) {
    if (name === "checking") {
      const title = heading(this.#texts.of("checking"));
      return h("section", { class: "message" }, h("div", { class: "spinner" }), title);
    }
    const lines = [this.#texts.of("permission_text")];
    const actions = [{ text: this.#texts.of("cancel"), action: () => this.cancel() }];
    return messageScreen({ mark: "camera", title: this.#texts.of("permission_title"), lines, actions });
  }

  /**
   * @param {string} name
   * @param {Element} node
   */
  #show(name, node, { takesFocus = true } = {}) {
    this.#draw(node, takesFocus);
    this.#tell("screen", { screen: name });
  }

  /** @param {Element} node */
  #draw(node, takesFocus = true) {
    this.#root.replaceChildren(node);
    if (takesFocus) this.#focusTitle();
  }

  #focusTitle() {
    this.#root.querySelector("h2")?.focus();
  }

  #leave() {
    this.#capture?.cancel();
    this.#screen?.stop();
    this.#screen = this.#capture = this.#ready = this.#showFailure = null;
    this.#root.replaceChildren();
  }

  /**
   * @param {string} name
   * @param {object} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/**
 * Return the reason why no capture can use the session; null without one.
 *
 * @param {import("./api.js").Session} session
 */
function faultOf(session) {
  try {
    requireSession(session);
    return null;
  } catch (error) {
    return asCaptureError(error);
  }
}
