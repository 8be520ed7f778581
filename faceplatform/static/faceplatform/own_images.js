"use strict";

// Redoc shows its maker's logo from another host. No page asks another host: an image from elsewhere
// fails here, before it is asked for, and Redoc shows none. It sets the attribute and the property.
{
  const { prototype } = HTMLImageElement;
  const { setAttribute } = prototype;
  const src = Object.getOwnPropertyDescriptor(prototype, "src");

  const isOwn = (address) => {
    const { protocol, origin } = new URL(address, document.baseURI);
    return protocol === "data:" || origin === location.origin;
  };
  const fail = (image) => queueMicrotask(() => image.dispatchEvent(new Event("error")));

  prototype.setAttribute = function (name, value) {
    if (name !== "src" || isOwn(value)) setAttribute.call(this, name, value);
    else fail(this);
  };
  Object.defineProperty(prototype, "src", {
    ...src,
    set(value) {
      if (isOwn(value)) src.set.call(this, value);
      else fail(this);
    },
  });
}
