/** Waiting that an `AbortSignal` ends. */

/**
 * Resolve after some time, or reject with the signal's reason.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function sleep(milliseconds, signal) {
  return abortable(signal, (resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    return () => clearTimeout(timer);
  });
}

/**
 * Resolve after some time, or as soon as the browser is online again.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function sleepOrOnline(milliseconds, signal) {
  return abortable(signal, (resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    addEventListener("online", resolve);
    return () => {
      clearTimeout(timer);
      removeEventListener("online", resolve);
    };
  });
}

/**
 * Resolve when the video shows its next picture. A page in the background waits until it is seen.
 *
 * @param {HTMLVideoElement} video
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
export function nextPicture(video, signal) {
  return abortable(signal, (resolve) => {
    if ("requestVideoFrameCallback" in video) {
      const handle = video.requestVideoFrameCallback(() => resolve());
      return () => video.cancelVideoFrameCallback(handle);
    }
    const handle = requestAnimationFrame(() => resolve());
    return () => cancelAnimationFrame(handle);
  });
}

/**
 * @param {AbortSignal} signal
 * @param {(resolve: () => void) => () => void} begin returns the function that cleans up
 * @returns {Promise<void>}
 */
function abortable(signal, begin) {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const stop = () => {
      cleanUp();
      reject(signal.reason);
    };
    const cleanUp = begin(() => {
      cleanUp();
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
