"""Small operations on images, for tests: uint8 RGB arrays of shape (height, width, 3)."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.uint8]


def read(path: Path) -> Pixels:
    """Read an image file as RGB pixels. EXIF orientation is ignored."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def encode(pixels: Pixels, file_format: str, **options: Any) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def to_jpeg(pixels: Pixels, quality: int = 90) -> bytes:
    return encode(pixels, "JPEG", quality=quality)


def to_png(pixels: Pixels) -> bytes:
    return encode(pixels, "PNG")


def plain(width: int, height: int, color: tuple[int, int, int] = (127, 127, 127)) -> Pixels:
    return np.asarray(Image.new("RGB", (width, height), color))


def noise(width: int, height: int, seed: int = 0) -> Pixels:
    generator = np.random.default_rng(seed)
    return generator.integers(0, 256, (height, width, 3), dtype=np.uint8)


def blur(pixels: Pixels, radius: float) -> Pixels:
    """Blur by a Gaussian; ``radius`` is the standard deviation in pixels."""
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(radius)))


def multiply(pixels: Pixels, factor: float) -> Pixels:
    values = np.clip(pixels.astype(np.float32) * factor + 0.5, 0, 255)
    return np.asarray(values, dtype=np.uint8)


def darken(pixels: Pixels, factor: float) -> Pixels:
    """Darken as with less light: multiply every value by ``factor`` (0..1)."""
    return multiply(pixels, factor)


def brighten(pixels: Pixels, factor: float) -> Pixels:
    """Brighten as with too much light: multiply by ``factor`` (> 1), clipped at white."""
    return multiply(pixels, factor)


def flatten(pixels: Pixels, factor: float) -> Pixels:
    """Lower the contrast towards mid-grey; ``factor`` 0 leaves plain grey."""
    values = np.clip(127 + (pixels.astype(np.float32) - 127) * factor, 0, 255)
    return np.asarray(values, dtype=np.uint8)


def resize(pixels: Pixels, factor: float) -> Pixels:
    height, width = pixels.shape[:2]
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.LANCZOS))


def shrink_in_place(pixels: Pixels, factor: float) -> Pixels:
    """Scale an image by ``factor`` in the middle of a grey canvas of its old size."""
    small = resize(pixels, factor)
    canvas = plain(pixels.shape[1], pixels.shape[0]).copy()
    top, left = ((np.array(pixels.shape[:2]) - small.shape[:2]) // 2).tolist()
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def crop(pixels: Pixels, left: float, top: float, right: float, bottom: float) -> Pixels:
    """Crop by shares of the width and height: ``crop(p, 0, 0, 0.5, 1)`` is the left half."""
    height, width = pixels.shape[:2]
    return pixels[
        round(top * height) : round(bottom * height), round(left * width) : round(right * width)
    ].copy()


def side_by_side(left: Pixels, right: Pixels) -> Pixels:
    """Join two images side by side, both as high as the lower one."""
    height = min(left.shape[0], right.shape[0])
    scaled = [resize(pixels, height / pixels.shape[0])[:height] for pixels in (left, right)]
    return np.concatenate(scaled, axis=1)


def identity_card(portrait: Pixels, ghost: Pixels, *, share: float, ink: float) -> Pixels:
    """Draw a card with a portrait on the left, and a smaller, pale grey one on the right.

    Args:
        share: the height of the second portrait relative to the first.
        ink: 1 prints the second portrait in full, 0 leaves the bare card.
    """
    card = plain(1000, 640, (225, 230, 222)).copy()
    large = resize(portrait, 420 / portrait.shape[0])
    small = resize(ghost, share * 420 / ghost.shape[0])
    gray = np.repeat(small.mean(axis=2, keepdims=True), 3, axis=2)
    pale = np.asarray(ink * gray + (1 - ink) * card[0, 0], dtype=np.uint8)
    card[110 : 110 + large.shape[0], 60 : 60 + large.shape[1]] = large
    bottom, right = 600, 940
    card[bottom - pale.shape[0] : bottom, right - pale.shape[1] : right] = pale
    return card


def mirrored(pixels: Pixels) -> Pixels:
    return np.ascontiguousarray(pixels[:, ::-1])


def quarter_turns(pixels: Pixels, times: int) -> Pixels:
    """Turn clockwise by a multiple of 90 degrees; nothing is cut off."""
    return np.ascontiguousarray(np.rot90(pixels, k=-times))


def rotated(pixels: Pixels, degrees: float, *, whole: bool = False) -> Pixels:
    """Turn clockwise about the centre; fill corners with grey.

    Args:
        whole: enlarge the canvas so that nothing is cut off; otherwise keep its size.
    """
    image = Image.fromarray(pixels)
    bicubic, gray = Image.Resampling.BICUBIC, (127, 127, 127)
    return np.asarray(image.rotate(-degrees, resample=bicubic, expand=whole, fillcolor=gray))


def lid_drawn(pixels: Pixels, eye: NDArray[np.float32], share: float) -> Pixels:
    """Draw the skin above an eye down over a share of its opening.

    Args:
        eye: left corner, right corner, middle of the upper and of the lower lid, (4, 2).
        share: 0 leaves the image unchanged, 1 moves the upper lid down to the lower one.
    """
    left, right, upper, lower = (point.astype(float) for point in eye)
    opening, width = max(lower[1] - upper[1], 1.0) * 1.25, right[0] - left[0]
    drawn = pixels.copy()
    for column in range(round(left[0] - 0.1 * width), round(right[0] + 0.1 * width)):
        across = np.clip(1 - ((column - (left[0] + right[0]) / 2) / (0.62 * width)) ** 2, 0, 1)
        slope = left[1] + (right[1] - left[1]) * (column - left[0]) / width
        above = slope + (upper[1] - (left[1] + right[1]) / 2) * across
        lid = above + share * opening * across
        rows = np.arange(round(above - opening), round(lid))
        source = np.linspace(above - opening, above - 0.1 * opening, len(rows)).round().astype(int)
        drawn[rows, column] = pixels[source, column]
    return drawn
