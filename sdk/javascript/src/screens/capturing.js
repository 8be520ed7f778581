/** The screen with the camera's picture, the oval, hints and the challenge. */

import { button, h, heading, s } from "../dom.js";
import { arrow } from "../drawings.js";
import { ovalOf } from "../fit.js";
import { Hints } from "../hints.js";

const GOOD_FIT = 0.7;

export class CapturingScreen {
  #texts;
  #voice;
  #mirrored = true;
  /** @type {string | null} */
  #step = null;
  #ring = s("ellipse", { class: "ring", pathLength: 100 });
  #shade = s("path", { class: "shade", "fill-rule": "evenodd" });
  #drawing = s(
    "svg",
    { "aria-hidden": "true", class: "overlay", preserveAspectRatio: "none" },
    this.#shade,
    s("ellipse", { class: "oval" }),
    this.#ring,
  );
  #stage;
  #instruction = h("p", { class: "instruction", "aria-live": "polite", "aria-atomic": "true" });
  #hint = h("p", { class: "hint", "aria-live": "polite", "aria-atomic": "true" });
  #connection = h("p", { class: "connection", role: "status", hidden: true });
  #arrow = h("div", { class: "direction" });
  #seconds = h("span", { class: "seconds" });
  #steps = h("span", { class: "steps" });
  #progress;
  #fit;
  #fitBar = h("div", { class: "bar" });
  #choice;
  #hints = new Hints((text) => {
    this.#hint.textContent = text;
    this.#voice?.say(text);
  });

  /**
   * @param {object} shown
   * @param {import("../texts.js").Texts} shown.texts
   * @param {string} shown.kind of the session
   * @param {import("../voice.js").Voice | null} shown.voice
   * @param {(deviceId: string) => void} shown.choose
   * @param {() => void} shown.cancel
   */
  constructor({ texts, kind, voice, choose, cancel }) {
    this.#texts = texts;
    this.#voice = voice;
    this.video = h("video", { playsinline: true, muted: true, "aria-label": texts.of("picture") });
    this.video.addEventListener("resize", () => this.#measure());
    this.#stage = h("div", { class: "stage" }, this.video, this.#drawing, this.#arrow);
    this.#progress = h("progress", { max: 1, "aria-label": texts.of("progress") });
    this.#fit = h(
      "div",
      {
        class: "fit", role: "meter", "aria-label": texts.of("fit"),
        "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": 0,
      },
      this.#fitBar,
    );
    this.#choice = h("select");
    this.#choice.addEventListener("change", () => choose(this.#choice.value));
    this.node = h(
      "section",
      { class: "capturing" },
      heading(texts.of(`title_${kind}`)),
      this.#stage,
      this.#fit,
      this.#instruction,
      this.#hint,
      this.#connection,
      h("div", { class: "status" }, this.#steps, this.#progress, this.#seconds),
      h(
        "div",
        { class: "actions" },
        voice && this.#voiceSwitch(voice),
        h("label", { class: "picker", hidden: true }, texts.of("camera"), this.#choice),
        button(texts.of("cancel"), cancel),
      ),
    );
    this.#hints.offer(texts.of("place_face"));
  }

  /**
   * Draw the stage for the camera that was opened.
   *
   * @param {boolean} isMirrored
   * @param {MediaDeviceInfo[]} choices
   * @param {string} deviceId the one that is open
   */
  showCamera(isMirrored, choices, deviceId) {
    this.#mirrored = isMirrored;
    this.video.classList.toggle("mirrored", isMirrored);
    this.#choice.replaceChildren(
      ...choices.map(({ deviceId: value, label }, index) =>
        h("option", { value }, label || this.#texts.of("camera_numbered", { number: index + 1 })),
      ),
    );
    this.#choice.value = deviceId;
    const picker = /** @type {HTMLElement} */ (this.#choice.parentElement);
    picker.hidden = choices.length < 2;
    this.#measure();
  }

  /** @param {string} text */
  showHint(text) {
    this.#hints.offer(text);
  }

  /** @param {number} fit 0 to 1 */
  showFit(fit) {
    const percent = Math.round(fit * 100);
    this.#fit.setAttribute("aria-valuenow", String(percent));
    this.#fitBar.style.inlineSize = `${percent}%`;
    this.node.classList.toggle("fits", fit >= GOOD_FIT);
  }

  /** @param {"lost" | "busy" | "back"} state */
  showConnection(state) {
    this.#connection.hidden = state === "back";
    this.#connection.textContent = this.#texts.of(`connection_${state}`);
  }

  /**
   * @param {{step: number, of: number | null, challenge: import("../api.js").Challenge | null}} now
   */
  showProgress({ step, of, challenge }) {
    const isStep = challenge?.status === "running";
    this.#showStep(isStep ? challenge : null);
    const done = of === null ? null : Math.min(step / of, 1);
    if (done === null) this.#progress.removeAttribute("value");
    else this.#progress.value = done;
    this.node.classList.toggle("unknown", done === null);
    this.#ring.setAttribute("stroke-dasharray", `${(done ?? 0) * 100} 100`);
    this.#steps.textContent =
      isStep && challenge.steps_total > 0
        ? this.#texts.of("step_of", {
            step: Math.min(challenge.steps_done + 1, challenge.steps_total),
            of: challenge.steps_total,
          })
        : "";
  }

  stop() {
    this.#hints.stop();
    this.#voice?.stop();
  }

  /** @param {import("../api.js").Challenge | null} challenge */
  #showStep(challenge) {
    const seconds = challenge?.seconds_left ?? null;
    this.#seconds.textContent =
      seconds === null ? "" : this.#texts.of("seconds_left", { seconds: Math.ceil(seconds) });
    const code = challenge?.code ?? null;
    if (code === this.#step) return;
    this.#step = code;
    this.node.classList.toggle("challenged", code !== null);
    this.#instruction.textContent = challenge?.instruction ?? "";
    this.#voice?.say(challenge?.instruction ?? "");
    const drawn = code && arrow(code, this.#mirrored);
    this.#arrow.replaceChildren(...(drawn ? [drawn] : []));
  }

  /** Fit the stage and the oval to the picture, which turns with a phone. */
  #measure() {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (!width || !height) return;
    const { x, y, width: across, height: tall } = ovalOf(width, height);
    const [rx, ry] = [across / 2, tall / 2];
    this.#stage.style.setProperty("--ratio", String(width / height));
    this.#drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const hole = `M${x - rx} ${y}a${rx} ${ry} 0 1 0 ${across} 0a${rx} ${ry} 0 1 0 ${-across} 0z`;
    this.#shade.setAttribute("d", `M0 0h${width}v${height}h${-width}z${hole}`);
    for (const ellipse of this.#drawing.querySelectorAll("ellipse")) {
      for (const [name, value] of Object.entries({ cx: x, cy: y, rx, ry })) {
        ellipse.setAttribute(name, String(value));
      }
    }
  }

  /** @param {import("../voice.js").Voice} voice */
  #voiceSwitch(voice) {
    const input = h("input", { type: "checkbox", role: "switch" });
    input.addEventListener("change", () => {
      if (!input.checked) return voice.stop();
      voice.isOn = true;
      voice.say(this.#instruction.textContent || this.#hint.textContent || "");
    });
    return h("label", { class: "voice" }, input, this.#texts.of("voice"));
  }
}
