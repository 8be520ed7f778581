/** A video's picture as a JPEG. */

/**
 * @typedef {object} Frame
 * @property {Blob} jpeg not mirrored, as the API asks
 * @property {number} width pixels
 * @property {number} height pixels
 */

export class FrameGrabber {
  #canvas = document.createElement("canvas");

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
  }

  /**
   * Return the picture that the video shows, whichever way the phone is held now.
   *
   * @param {{side: number, quality: number}} size pixels of the shorter side; it is never enlarged
   * @returns {Promise<Frame>}
   */
  async grab({ side, quality }) {
    const { videoWidth, videoHeight } = this.video;
    const scale = Math.min(1, side / Math.min(videoWidth, videoHeight));
    const width = Math.round(videoWidth * scale);
    const height = Math.round(videoHeight * scale);
    this.#canvas.width = width;
    this.#canvas.height = height;
    const context = this.#canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("the browser gives no canvas");
    context.drawImage(this.video, 0, 0, width, height);
    return { jpeg: await asJpeg(this.#canvas, quality), width, height };
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} quality
 * @returns {Promise<Blob>}
 */
function asJpeg(canvas, quality) {
  return new Promise((resolve, reject) => {
    canvas.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error("the browser made no JPEG"))),
      "image/jpeg",
      quality,
    );
  });
}
