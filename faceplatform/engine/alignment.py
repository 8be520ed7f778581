"""Turns, moves and scales a face so that its eyes, nose and mouth lie where the net wants them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.layouts import Layout
from faceplatform.engine.regions import halvings, scaled, trimmed

# A bilinear warp to much fewer pixels skips some of them. Below this scale the face is averaged
# first, so far that this scale is left for the warp. Measured against chips that were sampled 64
# times as densely: on large photographs 1 - cosine is 4 to 10 times smaller than without, with
# sensor noise 7 to 60 times; 0.7 was better than 0.5 and 1.
_AVERAGE_BELOW = 0.7


def align(
    pixels: NDArray[np.uint8], points: NDArray[np.floating], layout: Layout
) -> NDArray[np.uint8]:
    """Cut a face out as a chip.

    Args:
        pixels: uint8, (height, width, 3).
        points: (5, 2), in the order of the layout's, in pixels of the frame, where (0, 0) is the
            outer corner of the first pixel, and its centre (0.5, 0.5).

    Returns:
        uint8, (height, width, 3) of the layout, in the colour order of ``pixels``; black outside
        of the frame.

    Raises:
        ValueError: the points are all the same, or not finite.
    """
    matrix = similarity(np.asarray(points, dtype=np.float64) - 0.5, layout.points)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < _AVERAGE_BELOW:
        pixels, matrix = _averaged(pixels, matrix, scale, layout.size)
    return np.asarray(cv2.warpAffine(pixels, matrix, layout.size), dtype=np.uint8)


def similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """The turn, scale and shift that brings points closest to others, by least squares.

    Every point counts, unlike in cv2.estimateAffinePartial2D, which draws lots to leave some out
    and so is not repeatable. With points as complex numbers it is the regression z -> a * z + b
    (the two-dimensional case of Umeyama 1991, without reflections).

    Args:
        source, target: (n, 2).

    Returns:
        float64, (2, 3), for cv2.warpAffine.

    Raises:
        ValueError: the source points are all the same, or not finite.
    """
    z, w = source @ (1, 1j), target @ (1, 1j)
    spread = z - z.mean()
    weight = float(np.vdot(spread, spread).real)
    if not 0 < weight < np.inf:
        raise ValueError("points that are all the same, or not finite, cannot be aligned")
    a = np.vdot(spread, w - w.mean()) / weight
    b = w.mean() - a * z.mean()
    return np.array([(a.real, -a.imag, b.real), (a.imag, a.real, b.imag)])


def _averaged(
    pixels: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    scale: float,
    chip_size: tuple[int, int],
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """The part of the frame that the chip shows, averaged, and the matrix that fits it."""
    part, corner = _part(pixels, matrix, chip_size)
    factor = scale / _AVERAGE_BELOW
    part = trimmed(part, halvings(1 / factor))
    height, width = part.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = scaled(part, size)
    # From the centres of the small picture's pixels to the frame's. Sizes are whole numbers, so
    # the scale differs a little between the axes.
    steps = np.array([width, height]) / size
    shift = corner + 0.5 * steps - 0.5
    linear = matrix[:, :2]
    return small, np.column_stack([linear * steps, linear @ shift + matrix[:, 2]])


def _part(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64], chip_size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """What lies under the chip, with a margin for the averaging, and the place of its corner."""
    height, width = pixels.shape[:2]
    right, bottom = chip_size
    chip_corners = np.array([(0, 0), (right, 0), (0, bottom), (right, bottom)])
    corners = (chip_corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    margin = 2 / np.hypot(matrix[0, 0], matrix[1, 0])
    low = np.clip(np.floor(corners.min(axis=0) - margin), 0, (width - 1, height - 1)).astype(int)
    high = np.ceil(corners.max(axis=0) + margin).astype(int)
    right, bottom = np.clip(high, low + 1, (width, height))
    return pixels[low[1] : bottom, low[0] : right], low.astype(np.float64)
