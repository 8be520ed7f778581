"use strict";

// Redoc shows its maker's logo from another host. No page asks another host: an image from elsewhere
// fails here, before it is asked for. Redoc then shows none.
const { setAttribute } = HTMLImageElement.prototype;

HTMLImageElement.prototype.setAttribute = function (name, value) {
  const isElsewhere = name === "src" && new URL(value, document.baseURI).origin !== location.origin;
  if (isElsewhere && !value.startsWith("data:")) {
    queueMicrotask(() => this.dispatchEvent(new Event("error")));
  } else {
    setAttribute.call(this, name, value);
  }
};
