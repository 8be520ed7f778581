/** The page /try/: what a person does becomes calls, and each call is shown. */

import { Journal } from "./journal.js";
import { Backend, Refused } from "./backend.js";
import { scriptOf } from "./scripts.js";
import { CallList } from "./calls.js";

// Before the SDK makes a call: its frames are calls like the others.
const calls = new CallList(document.querySelector("#calls"));
new Journal((call) => {
  calls.add(call);
  showScript();
});

const $ = (selector) => document.querySelector(selector);
let language = "curl";

/** @type {Backend} */
let backend;

async function begin() {
  try {
    backend = await Backend.start();
  } catch (error) {
    $("#client").textContent = "Not connected";
    return showTrouble(`${error.message} Print a link with: manage.py try_link (make run prints one, too).`);
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
$("#form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const what = event.submitter?.value ?? "verification";
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

/** Let the SDK's element do the part of the camera. */
async function capture(what, userId) {
  const open = async () => {
    const opened = await backend.open(what, { userId, source: "webcam" });
    return { token: opened.session_token, kind: what };
  };
  const element = document.createElement("face-capture");
  element.session = await open();
  element.appearance = { name: "Faceplatform", theme: "auto" };
  element.notice = "The pictures go to this machine alone, and are not kept.";
  element.retry = async () => (element.session = await open());
  for (const end of ["completed", "failed"]) {
    element.addEventListener(end, async () => showEnd(await backend.status(element.session.token)));
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

function showEnd(answer) {
  const { reason, similarity_score: score, matched_user: user } = answer;
  const isGood = ["enrolled", "matched"].includes(reason);
  const whom = user ? `: ${user.user_id}` : "";
  const scored = typeof score === "number" ? `, similarity ${score}` : "";
  showOutcome(`${reason}${whom}${scored}${answer.advice ? `. ${answer.advice}` : ""}`, isGood ? "good" : "bad");
}

function showOutcome(text, kind = "") {
  $("#outcome").textContent = text;
  $("#outcome").className = `outcome ${kind}`;
}

function showTrouble(text) {
  $("#trouble").textContent = text;
  $("#trouble").hidden = !text;
}

function showScript() {
  $("#script").textContent = scriptOf(calls.all, language, location.origin);
}

for (const tab of document.querySelectorAll("[data-language]")) {
  tab.addEventListener("click", () => {
    language = tab.dataset.language;
    for (const each of document.querySelectorAll("[data-language]")) {
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
