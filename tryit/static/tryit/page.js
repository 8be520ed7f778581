/** The page /try/: what a person does becomes calls, and each call is shown. */

import { Journal } from "./journal.js";
import { Backend, Refused } from "./backend.js";
import { scriptOf } from "./scripts.js";
import { CallList } from "./calls.js";

/**
 * Return an element of the page; its kind is that of the template.
 *
 * @param {string} selector
 * @returns {any}
 */
function $(selector) {
  return document.querySelector(selector);
}

// Before the SDK makes a call: its frames are calls like the others.
const calls = new CallList($("#calls"));
new Journal((call) => {
  calls.add(call);
  showScript();
});

// For a shell in the checkout. The default of --base is the port of `make run`.
const COMMAND = "FACEPLATFORM_TRY_IT=true .venv/bin/python manage.py try_link"
  + (location.origin === "http://127.0.0.1:8000" ? "" : ` --base ${location.origin}`);

/** @type {keyof typeof import("./scripts.js").LANGUAGES} */
let language = "curl";

/** @type {Backend} */
let backend;

async function begin() {
  try {
    backend = await Backend.start();
  } catch (error) {
    $("#client").textContent = "Not connected";
    const told = String(error instanceof Error ? error.message : error).replace(/\.?$/, ".");
    return showTrouble(`${told} Print another link: ${COMMAND}`);
  }
  const { defineFaceCapture } = await import("../sdk/face-capture.js");
  defineFaceCapture();
  $("#client").textContent = `Client: ${backend.client}${backend.isSandbox ? " (sandbox)" : ""}`;
  showPhotos();
  showScript();
  $("#bench").hidden = false;
}

function showPhotos() {
  for (const [at, name] of backend.photos.entries()) {
    const label = document.createElement("label");
    const input = Object.assign(document.createElement("input"), {
      type: "radio", name: "photo", value: name, checked: at === 0,
    });
    const image = Object.assign(document.createElement("img"), { src: `photos/${name}`, alt: "" });
    label.append(input, image, name);
    $("#choices").append(label);
  }
}

$("#form").addEventListener("change", () => {
  $("#photos").hidden = source() !== "photo";
});
$("#form").addEventListener("submit", async (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const pressed = /** @type {HTMLButtonElement | null} */ (event.submitter);
  const what = /** @type {Wish} */ (pressed?.value ?? "verification");
  $("#stage").replaceChildren();
  showTrouble("");
  showOutcome("");
  try {
    await perform(what, $("#user").value);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    showOutcome(`${error.message} (${error.code})`, "bad");
  }
});

/**
 * @typedef {import("../sdk/face-capture.js").Session["kind"]} Kind
 * @typedef {Kind | "erasure"} Wish
 */

/**
 * @param {Wish} what
 * @param {string} userId
 */
async function perform(what, userId) {
  if (what === "erasure") {
    await backend.erase(userId);
    return showOutcome(`${userId} and everything about this user is erased.`, "good");
  }
  if (source() === "camera") return capture(what, userId);
  const picture = await chosenPicture();
  if (!picture) return showTrouble("Choose a photograph or a file first.");
  const opened = await backend.open(what, { userId, source: "api" });
  showEnd(await backend.postFrame(opened.session_token, picture));
}

/**
 * Let the SDK's element do the part of the camera.
 *
 * @param {Kind} what
 * @param {string} userId
 */
async function capture(what, userId) {
  const open = async () => {
    const opened = await backend.open(what, { userId, source: "webcam" });
    return { token: opened.session_token, kind: what };
  };
  const element = /** @type {import("../sdk/face-capture.js").FaceCaptureElement} */ (
    document.createElement("face-capture")
  );
  let session = (element.session = await open());
  element.appearance = { name: "Faceplatform", theme: "auto" };
  element.notice = "The pictures go to this machine alone, and are not kept.";
  element.retry = async () => (session = await open());
  for (const end of ["completed", "failed"]) {
    element.addEventListener(end, async () => showEnd(await backend.status(session.token)));
  }
  element.addEventListener("cancelled", () => element.remove());
  $("#stage").replaceChildren(element);
}

/** The person's own file comes first. */
async function chosenPicture() {
  const file = $("#file").files[0];
  if (file) return file;
  const chosen = $("input[name=photo]:checked");
  return chosen ? (await fetch(`photos/${chosen.value}`)).blob() : null;
}

const source = () => new FormData($("#form")).get("source");

/** @param {any} answer of a session's end */
function showEnd(answer) {
  const { reason, similarity_score: score, matched_user: user } = answer;
  const isGood = ["enrolled", "matched"].includes(reason);
  const whom = user ? `: ${user.user_id}` : "";
  const scored = typeof score === "number" ? `, similarity ${score}` : "";
  showOutcome(`${reason}${whom}${scored}${answer.advice ? `. ${answer.advice}` : ""}`, isGood ? "good" : "bad");
}

/**
 * @param {string} text
 * @param {string} [kind] `good` or `bad`
 */
function showOutcome(text, kind = "") {
  $("#outcome").textContent = text;
  $("#outcome").className = `outcome ${kind}`;
}

/** @param {string} text */
function showTrouble(text) {
  $("#trouble").textContent = text;
  $("#trouble").hidden = !text;
}

function showScript() {
  $("#script").textContent = scriptOf(calls.all, language, location.origin);
}

/** @type {NodeListOf<HTMLElement>} */
const tabs = document.querySelectorAll("[data-language]");
for (const tab of tabs) {
  tab.addEventListener("click", () => {
    language = /** @type {typeof language} */ (tab.dataset.language);
    for (const each of tabs) {
      each.setAttribute("aria-pressed", String(each === tab));
    }
    showScript();
  });
}
$("#copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("#script").textContent);
  $("#copied").textContent = "Copied.";
});

begin();
