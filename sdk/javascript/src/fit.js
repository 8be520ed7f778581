/** The oval, and how well a face fits it: pure functions. */

/**
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{x: number, y: number, width: number, height: number}} Oval centre and radii doubled
 */

// A face as wide as half of the picture leaves the room that the liveness checks need.
const HEIGHT = 0.62;
const WIDEST = 0.5;
// Width by height of a face, from the hairline to the chin.
const RATIO = 0.74;

/**
 * Return the oval that the face should fill: the centre `x`, `y`, and its width and height.
 *
 * @param {number} width of the picture
 * @param {number} height of the picture
 * @returns {Oval}
 */
export function ovalOf(width, height) {
  const tall = Math.min(height * HEIGHT, (width * WIDEST) / RATIO);
  return { x: width / 2, y: height * 0.48, width: tall * RATIO, height: tall };
}

/**
 * Return how well the face fits the oval: 0 (not at all) to 1.
 *
 * It is the lesser of two measures: of the distance between both centres, and of the sizes.
 *
 * @param {Box | null} face in pixels of the picture
 * @param {number} width of the picture
 * @param {number} height of the picture
 * @returns {number}
 */
export function fitOf(face, width, height) {
  if (!face) return 0;
  const oval = ovalOf(width, height);
  const across = (face.x + face.width / 2 - oval.x) / oval.width;
  const down = (face.y + face.height / 2 - oval.y) / oval.height;
  const placed = 1 - Math.hypot(across, down) / 0.75;
  const size = face.width / oval.width;
  const sized = Math.min(size, 1 / size) ** 1.5;
  return Math.max(0, Math.min(placed, sized));
}
