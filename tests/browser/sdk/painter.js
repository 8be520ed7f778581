// Stands for the camera: a canvas in the colour that stands for a person or a gesture.
(() => {
  const canvas = document.createElement("canvas");
  canvas.width = 640;
  canvas.height = 480;
  const context = canvas.getContext("2d");
  let colour = "rgb(128 128 128)";
  let label = "A camera";
  let state = "granted";
  const draw = () => {
    context.fillStyle = colour;
    context.fillRect(0, 0, canvas.width, canvas.height);
    // The lower half is plain; no two pictures are alike.
    for (let x = 0; x < canvas.width; x += 40) {
      for (let y = 0; y < canvas.height / 2 - 40; y += 40) {
        context.fillStyle = `hsl(0 0% ${Math.random() * 100}%)`;
        context.fillRect(x, y, 40, 40);
      }
    }
  };
  setInterval(draw, 40);
  window.paint = (values) => { colour = `rgb(${values.join(" ")})`; };
  // The size of the pictures in pixels: as of a phone that is turned, or of a worse camera.
  window.sizeCamera = (width, height) => { Object.assign(canvas, { width, height }); };
  window.labelCamera = (text) => { label = text; };
  // `prompt`: nobody answers the browser's question.
  window.permit = (answer) => { state = answer; };
  navigator.mediaDevices.getUserMedia = async () => {
    if (state === "prompt") await new Promise(() => {});
    if (state === "denied") throw new DOMException("Permission denied", "NotAllowedError");
    draw();
    const stream = canvas.captureStream(25);
    for (const track of stream.getVideoTracks()) Object.defineProperty(track, "label", { value: label });
    return stream;
  };
  // A person who needs 0.4 s to do as the element says.
  window.obey = (colours) => {
    let code = null;
    document.addEventListener("progress", ({ detail: { challenge } }) => {
      if (!challenge || challenge.code === code) return;
      code = challenge.code;
      const colour = colours[code] ?? colours.alice;
      setTimeout(() => paint(colour), 400);
    });
  };
})();
