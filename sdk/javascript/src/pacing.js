/** Pace and size of the frames: pure functions. */

// A session without a challenge takes 30 to 60 frames: two a second leave a person the time to find
// the right place. Gestures last less than a second and have hundreds of frames.
const INTERVAL = 500;
const CHALLENGE_INTERVAL = 200;
// Somebody who gets the same advice again and again needs time, not more of it.
const PATIENT_AFTER = 4;
const PATIENT_INTERVAL = 1000;

const FIRST_DELAY = 500;
const LONGEST_DELAY = 8000;
const LONGEST_RETRY_AFTER = 60_000;

/** Frames from large to small: pixels of the shorter side, and the quality of the JPEG. */
export const SIZES = Object.freeze([
  { side: 480, quality: 0.9 },
  { side: 480, quality: 0.7 },
  { side: 360, quality: 0.7 },
]);
const SLOW = 2500;
const SLOW_FRAMES = 2;
const FAST = 800;
const FAST_FRAMES = 5;

/**
 * Return the milliseconds from one frame to the next: at least.
 *
 * @param {object} pace
 * @param {boolean} pace.isChallenge the session's challenge is running
 * @param {number} pace.refusals frames in a row that were refused for the same reason
 * @param {number} [pace.limit] frames a second, at most
 * @returns {number}
 */
export function interval({ isChallenge, refusals, limit = Infinity }) {
  const own = isChallenge
    ? CHALLENGE_INTERVAL
    : refusals >= PATIENT_AFTER
      ? PATIENT_INTERVAL
      : INTERVAL;
  return Math.max(own, limit > 0 ? 1000 / limit : 0);
}

/**
 * Return the milliseconds to wait after a call that failed.
 *
 * @param {number} failures in a row, this one included
 * @param {number | null} retryAfter seconds, from the answer's header
 * @param {number} [chance] 0 to 1: spreads the calls of many browsers
 * @returns {number}
 */
export function delay(failures, retryAfter, chance = Math.random()) {
  const own = Math.min(FIRST_DELAY * 2 ** (failures - 1), LONGEST_DELAY);
  const asked = Math.min((retryAfter ?? 0) * 1000, LONGEST_RETRY_AFTER);
  return Math.max(own * (0.75 + chance / 4), asked + (asked > 0 ? chance * 250 : 0));
}

/**
 * Return the place in SIZES of the next frame.
 *
 * @param {number} size the place now
 * @param {readonly number[]} times milliseconds from frame to answer, of the frames of this size
 * @returns {number}
 */
export function nextSize(size, times) {
  const slow = times.slice(-SLOW_FRAMES);
  if (slow.length === SLOW_FRAMES && slow.every((time) => time > SLOW)) {
    return Math.min(size + 1, SIZES.length - 1);
  }
  const fast = times.slice(-FAST_FRAMES);
  if (fast.length === FAST_FRAMES && fast.every((time) => time < FAST)) {
    return Math.max(size - 1, 0);
  }
  return size;
}
