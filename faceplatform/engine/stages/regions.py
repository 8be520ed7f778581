"""Cutting upright squares out of a frame, at a cost that does not grow with the frame."""

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
        """The same square, its upper edge turned clockwise by so many radians."""
        return replace(self, angle=self.angle + angle)

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


_INTERPOLATED = 1.5


def halvings(ratio: float) -> int:
    """How often a picture can be halved that shall shrink to 1 / ``ratio``."""
    return max(0, int(np.log2(ratio))) if ratio > 1 else 0


def scaled(
    pixels: NDArray[np.uint8], size: tuple[int, int], *, samples: float = 1.0
) -> NDArray[np.uint8]:
    """A picture (height, width, 3) at another (width, height); averaged when it gets smaller.

    OpenCV averages 2 x 2 pixels 20 times as fast as it averages by any other factor, so a large
    picture is halved as long as it keeps so many ``samples`` across each pixel of the result: a
    12-megapixel frame takes 5 ms instead of 30. Halving loses the last row or column of odd
    sizes: whoever needs places to be exact passes what ``trimmed`` has made even.
    """
    height, width = pixels.shape[:2]
    for _ in range(halvings(min(width / size[0], height / size[1]) / samples)):
        half = (pixels.shape[1] // 2, pixels.shape[0] // 2)
        if not all(half):
            break
        even = pixels[: 2 * half[1], : 2 * half[0]]
        pixels = np.asarray(cv2.resize(even, half, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    # So little smaller, plain interpolation still reads every pixel, in a fifth of the time.
    averaged = pixels.shape[1] > _INTERPOLATED * size[0]
    how = cv2.INTER_AREA if averaged else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(pixels, size, interpolation=how), dtype=np.uint8)


def trimmed(pixels: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    """A view without the last rows and columns that cannot be halved so many times."""
    height, width = ((side >> times) << times for side in pixels.shape[:2])
    return pixels[:height, :width]


def cut(pixels: NDArray[np.uint8], region: Region, side: int) -> NDArray[np.uint8]:
    """The region turned upright at ``side`` pixels: uint8 (side, side, 3), black outside.

    A region that is much larger is halved first: the plain bilinear warp would skip pixels, and
    make a noisy chip of a large sharp face.
    """
    scale, centre = side / region.side, region.centre
    times = halvings(1 / scale)
    if times:
        pixels, origin = _around(pixels, region, times)
        centre, scale = (centre - origin) / 2**times, scale * 2**times
    rotation = region.axes * scale
    # Points are measured from the frame's corner, warpAffine counts from the centre of a pixel.
    shift = side / 2 - 0.5 - rotation @ (centre - 0.5)
    matrix = np.column_stack([rotation, shift])
    return np.asarray(cv2.warpAffine(pixels, matrix, (side, side)), dtype=np.uint8)


def _around(
    pixels: NDArray[np.uint8], region: Region, times: int
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """The part of the frame that a region touches, halved so many times.

    Returns:
        the pixels; the frame pixel of their corner, (2,).
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
