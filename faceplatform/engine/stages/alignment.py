"""Alignment: a face turned, moved and scaled to the layout that a recognition net expects."""

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.catalogue.layouts import Layout
from faceplatform.engine.stages.regions import halvings, scaled

# A bilinear warp to fewer pixels skips some of them. A large face is halved first, as long as it
# stays larger than the chip; below this scale it is then warped to a chip of twice the size, which
# is averaged. Compared with chips sampled 64 times as densely, 1 - cosine (dlib) is 0.00001 to
# 0.00008, with sensor noise 0.00002 to 0.00012. Averaging by a fractional factor instead gave
# 0.00005 to 0.00006 and 0.00006 to 0.00012, and took 0.8 to 1.1 ms instead of 0.3 to 0.5.
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
    matrix = similarity_transform(np.asarray(points, dtype=np.float64) - 0.5, layout.points)
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    times = halvings(1 / scale)
    if times:
        pixels, matrix = _halve(pixels, matrix, layout.size, times)
        scale *= 2**times
    if scale < _AVERAGE_BELOW:
        return _warp_averaged(pixels, matrix, layout.size)
    return np.asarray(cv2.warpAffine(pixels, matrix, layout.size), dtype=np.uint8)


def similarity_transform(
    source: NDArray[np.float64], target: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the rotation, scale and shift that map points closest to others, by least squares.

    Every point counts, unlike in cv2.estimateAffinePartial2D, which leaves out points at random
    and so is not repeatable. With points as complex numbers, this is the regression z -> a * z + b
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


def _warp_averaged(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64], size: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return the chip of a warp that takes four samples per pixel."""
    # Coordinates refer to pixel centres: that of the chip's first pixel lies between the first
    # two of the large chip.
    twice = 2 * matrix + np.array([(0, 0, 0.5), (0, 0, 0.5)])
    large = cv2.warpAffine(pixels, twice, (2 * size[0], 2 * size[1]))
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _halve(
    pixels: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    chip_size: tuple[int, int],
    times: int,
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the part of the frame that the chip shows, halved, and the matrix for it."""
    part, corner = _part(pixels, matrix, chip_size)
    step = 2**times
    # A part at the edge can be narrower than one step.
    rows, columns = (max(1, side >> times) for side in part.shape[:2])
    part = part[: rows * step, : columns * step]
    small = scaled(part, (columns, rows))
    # From the pixel centres of the halved part to those of the frame.
    steps = np.array([part.shape[1], part.shape[0]]) / (columns, rows)
    linear = matrix[:, :2]
    shift = corner + 0.5 * steps - 0.5
    return small, np.column_stack([linear * steps, linear @ shift + matrix[:, 2]])


def _part(
    pixels: NDArray[np.uint8], matrix: NDArray[np.float64], chip_size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the part of the frame under the chip, with a margin for averaging, and its corner."""
    height, width = pixels.shape[:2]
    right, bottom = chip_size
    chip_corners = np.array([(0, 0), (right, 0), (0, bottom), (right, bottom)])
    corners = (chip_corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    margin = 2 / np.hypot(matrix[0, 0], matrix[1, 0])
    low = np.clip(np.floor(corners.min(axis=0) - margin), 0, (width - 1, height - 1)).astype(int)
    high = np.ceil(corners.max(axis=0) + margin).astype(int)
    right, bottom = np.clip(high, low + 1, (width, height))
    return pixels[low[1] : bottom, low[0] : right], low.astype(np.float64)
