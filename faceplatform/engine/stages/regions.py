"""Cutting of turned squares out of a frame, at a cost that does not grow with the frame."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A turned square of the frame.

    Attributes:
        centre: float32, (2,), in frame pixels.
        side: in frame pixels.
        angle: of its upper edge, in radians, clockwise in the image.
    """

    centre: NDArray[np.float32]
    side: float
    angle: float

    @property
    def axes(self) -> NDArray[np.float32]:
        return turned_axes(self.angle)

    def turned(self, angle: float) -> "Region":
        """Return the same square, turned clockwise by an angle in radians."""
        return replace(self, angle=self.angle + angle)

    def to_chip(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Convert frame points (n, 2) to pixels of the chip that ``cut`` makes of this region."""
        turned = (points - self.centre) @ self.axes.T
        return np.asarray(turned * (side / self.side) + side / 2, dtype=np.float32)

    def to_frame(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Convert chip pixels (n, 2) to frame points: the inverse of ``to_chip``."""
        turned = (points - side / 2) * (self.side / side)
        return np.asarray(turned @ self.axes + self.centre, dtype=np.float32)


def turned_axes(angle: float) -> NDArray[np.float32]:
    """Return the x and y axes (rows), in the frame, of a square turned clockwise (radians)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([(c, s), (-s, c)], dtype=np.float32)


_INTERPOLATED = 1.5


def halvings(ratio: float) -> int:
    """Return how many times an image to be shrunk to 1 / ``ratio`` can be halved."""
    return max(0, int(np.log2(ratio))) if ratio > 1 else 0


def scaled(
    pixels: NDArray[np.uint8], size: tuple[int, int], *, samples: float = 1.0
) -> NDArray[np.uint8]:
    """Scale an image (height, width, 3) to (width, height), averaging if it gets smaller.

    OpenCV averages 2 x 2 pixels 20 times as fast as by any other factor, so a large image is
    halved as long as ``samples`` pixels are left per pixel of the result, in each direction: a
    12-megapixel frame takes 5 ms instead of 30. Halving drops the last row or column of odd sizes;
    for exact coordinates pass the result of ``trimmed``.
    """
    height, width = pixels.shape[:2]
    for _ in range(halvings(min(width / size[0], height / size[1]) / samples)):
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        if not all(half):
            break
        even = pixels[: 2 * half[1], : 2 * half[0]]
        pixels = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # For a small reduction plain interpolation still reads every pixel, in a fifth of the time.
    averaged = pixels.shape[1] > _INTERPOLATED * size[0]
    how = cv2.INTER_AREA if averaged else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)


def trimmed(pixels: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """Return a view without the last rows and columns, whose sides can be halved that often."""
    height, width = ((side >> times) << times for side in pixels.shape[:2])
    return pixels[:height, :width]


def cut(pixels: NDArray[np.uint8], region: Region, side: int) -> NDArray[np.uint8]:
    """Cut a region out, turned upright: uint8 (side, side, 3), black outside of the frame.

    A much larger region is halved first: a plain bilinear warp would skip pixels and make a noisy
    chip of a large, sharp face.
    """
    scale, centre = side / region.side, region.centre
    times = halvings(1 / scale)
    if times:
        pixels, origin = _around(pixels, region, times)
        centre, scale = (centre - origin) / 2**times, scale * 2**times
    rotation = region.axes * scale
    # Points are measured from the corner of the frame, warpAffine counts from pixel centres.
    shift = side / 2 - 0.5 - rotation @ (centre - 0.5)
    matrix = np.column_stack([rotation, shift])
    return np.asarray(cv2.warpAffine(pixels, matrix, (side, side)), dtype=np.uint8)


def _around(
    pixels: NDArray[np.uint8], region: Region, times: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the part of the frame that a region touches, halved ``times`` times.

    Returns:
        the pixels, and their corner in the frame, (2,).
    """
    height, width = pixels.shape[:2]
    step = 2**times
    reach = region.side / 2 * np.abs(region.axes).sum(axis=0) + 2 * step
    left, top = np.clip(region.centre - reach, 0, (width - step, height - step)).astype(int)
    right, bottom = np.clip(region.centre + reach, (left + step, top + step), (width, height))
    part = trimmed(pixels[top : int(bottom), left : int(right)], times)
    rows, columns = part.shape[:2]
    small = scaled(part, (columns // step, rows // step))
    return small, np.array([left, top], dtype=np.float32)
