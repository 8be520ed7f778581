"use strict";

// Buttons that copy the text of another element. Without a clipboard, as on plain http, they stay hidden
// and the text is copied by hand.
if (navigator.clipboard) {
  const status = document.getElementById("copied");
  for (const button of document.querySelectorAll("button[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
        status.textContent = "Copied.";
      } catch {
        status.textContent = "The browser does not allow it: select the text and copy it.";
      }
    });
  }
}
