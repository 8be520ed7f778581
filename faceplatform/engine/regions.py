"""Cutting upright squares out of a frame, at a cost that does not grow with the frame."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# A picture is first thinned to so many samples across each pixel of the result, then averaged:
# averaging all of a 12-megapixel frame takes 35 ms, thinned first 11 ms.
_SAMPLES = 4
# What is cut and turned is averaged to twice its size before the turn, which averages again.
_SAMPLES_BEFORE_TURN = 2


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

    def to_chip(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Frame points (n, 2) in the pixels of what ``cut`` makes of this region."""
        turned = (points - self.centre) @ self.axes.T
        return np.asarray(turned * (side / self.side) + side / 2, dtype=np.float32)

    def to_frame(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """The inverse of ``to_chip``."""
        turned = (points - side / 2) * (self.side / side)
        return np.asarray(turned @ self.axes + self.centre, dtype=np.float32)


def turned_axes(angle: float) -> NDArray[np.float32]:
    """The x and y axes (rows) of a picture turned clockwise by ``angle`` radians, in the frame."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([(c, s), (-s, c)], dtype=np.float32)


def scaled(
    pixels: NDArray[np.uint8], size: tuple[int, int], *, samples: int = _SAMPLES
) -> NDArray[np.uint8]:
    """A picture (height, width, 3) at another (width, height); averaged when it gets smaller."""
    height, width = pixels.shape[:2]
    step = min(width // (size[0] * samples), height // (size[1] * samples))
    if step > 1:
        pixels = np.ascontiguousarray(pixels[step // 2 :: step, step // 2 :: step])
    how = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)


def cut(pixels: NDArray[np.uint8], region: Region, side: int) -> NDArray[np.uint8]:
    """The region turned upright at ``side`` pixels: uint8 (side, side, 3), black outside.

    A region that is much larger is averaged first: the plain bilinear warp would skip pixels, and
    make a noisy chip of a large sharp face.
    """
    scale, centre = side / region.side, region.centre
    if scale < 0.5:
        pixels, factor, origin = _around(pixels, region, 2 * scale)
        centre, scale = (centre - origin) * factor, 0.5
    rotation = region.axes * scale
    # Points are measured from the frame's corner, warpAffine counts from the centre of a pixel.
    shift = side / 2 - 0.5 - rotation @ (centre - 0.5)
    matrix = np.column_stack([rotation, shift])
    return np.asarray(cv2.warpAffine(pixels, matrix, (side, side)), dtype=np.uint8)


def _around(
    pixels: NDArray[np.uint8], region: Region, factor: float
) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """The part of the frame that a region touches, made smaller by about ``factor``.

    Returns:
        the pixels; their exact scale by axis, (2,); the frame pixel of their corner, (2,).
    """
    height, width = pixels.shape[:2]
    reach = region.side / 2 * np.abs(region.axes).sum(axis=0) + 2
    left, top = np.clip(region.centre - reach, 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(region.centre + reach, (left + 1, top + 1), (width, height)).astype(int)
    part = pixels[top:bottom, left:right]
    full = np.array([right - left, bottom - top])
    size = np.maximum(np.round(full * factor), 1).astype(int)
    small = scaled(part, (int(size[0]), int(size[1])), samples=_SAMPLES_BEFORE_TURN)
    return small, (size / full).astype(np.float32), np.array([left, top], dtype=np.float32)
