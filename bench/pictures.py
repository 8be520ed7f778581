"""The photographs of all tables, at the sizes named in the targets."""

from functools import cache

import numpy as np
from PIL import Image

from tests.photographs import photo
from tests.pictures import to_jpeg

VGA = (640, 480)
MEGAPIXEL = (1155, 866)
TWELVE_MEGAPIXELS = (4000, 3000)

_PORTRAITS = ("obama.jpg", "biden.jpg", "obama3.jpg")


@cache
def portraits(size: tuple[int, int]) -> list[bytes]:
    """Return JPEG files of this (width, height), each with one face."""
    return [_frame(name, size) for name in _PORTRAITS]


@cache
def views(count: int) -> list[bytes]:
    """Return different frames of one person, 640 x 480, each shifted a little further."""
    return [_frame("obama.jpg", VGA, shift=14 * place) for place in range(count)]


def _frame(name: str, size: tuple[int, int], *, shift: int = 0) -> bytes:
    """Return the upper part of a portrait, as wide as the frame."""
    with Image.open(photo(name)) as opened:
        image = opened.convert("RGB")
    width, height = size
    factor = 1.25 * width / image.width if shift or name == "obama.jpg" else width / image.width
    scaled = image.resize(
        (round(image.width * factor), round(image.height * factor)), Image.Resampling.LANCZOS
    )
    left = max(0, (scaled.width - width) // 2 - 56 * width // 640 + shift)
    top = max(0, round(0.02 * scaled.height))
    return to_jpeg(np.asarray(scaled.crop((left, top, left + width, top + height))))
