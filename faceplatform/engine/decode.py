"""Bytes of a picture -> Frame: limits, formats, orientation.

Colour profiles are ignored on purpose: the models were trained on pictures read without colour
management, and an untrusted profile is one more parser to attack.
"""

import hashlib
import struct
import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from faceplatform import errors
from faceplatform.conf import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from faceplatform.engine.fingerprint import fingerprint
from faceplatform.engine.types import Frame

MAX_BYTES = MAX_IMAGE_BYTES
MAX_PIXELS = MAX_IMAGE_PIXELS
MIN_SIDE = 64

# A phone's multi-picture JPEG (MPO) is opened by the JPEG reader, at its primary picture.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"BM")

# What Pillow raises on damaged data, beside its own UnidentifiedImageError (an OSError):
# readers pass on whatever their parsing of hostile bytes runs into.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    LookupError,
    TypeError,
    OverflowError,
    struct.error,
    zlib.error,
)
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)

# A progressive JPEG has about ten scans. libjpeg walks the whole picture for each, so a file of a
# few megabytes that holds thousands of empty scans would keep a process busy for minutes.
_MAX_JPEG_SCANS = 100

_ORIENTATION_TAG = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def decode(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    min_side: int = MIN_SIDE,
) -> Frame:
    """Decode a JPEG, PNG, WebP or BMP picture, recognised by its content.

    The picture keeps its resolution: boxes and the eye distance are in pixels of what was posted
    (after its EXIF orientation). Transparent pixels are shown on white.

    Raises:
        faceplatform.errors.ImageEmpty: there are no bytes.
        faceplatform.errors.ImageTooLarge: more than ``max_bytes``.
        faceplatform.errors.ImageUnreadable: no picture of these formats.
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageAnimated: an animation.
        faceplatform.errors.ImageTooManyPixels: more than ``max_pixels``, by the header.
        faceplatform.errors.ImageTooSmall: a side shorter than ``min_side``.
    """
    if not data:
        raise errors.ImageEmpty()
    if len(data) > max_bytes:
        raise errors.ImageTooLarge(f"The image has {len(data)} bytes; the limit is {max_bytes}")
    image = _open(data)
    _check_header(image, data, max_pixels=max_pixels, min_side=min_side)
    upright = _upright(_to_rgb(_load(image)), _orientation(image))
    return Frame(
        pixels=np.asarray(upright),
        digest=hashlib.sha256(data).hexdigest(),
        fingerprint=fingerprint(upright),
    )


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        if data.startswith(_SIGNATURES):
            raise errors.ImageTruncated() from error
        raise errors.ImageUnreadable() from error
    except _BOMB as error:
        raise errors.ImageTooManyPixels() from error
    except _DAMAGED as error:
        raise errors.ImageTruncated() from error


def _check_header(image: Image.Image, data: bytes, *, max_pixels: int, min_side: int) -> None:
    """Refuse by what the header says, before any pixel is decoded."""
    width, height = image.size
    if width * height > max_pixels:
        raise errors.ImageTooManyPixels(
            f"The image has {width} x {height} pixels; the limit is {max_pixels} in all"
        )
    if min(width, height) < min_side:
        raise errors.ImageTooSmall(
            f"The image has {width} x {height} pixels; each side needs {min_side}"
        )
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise errors.ImageAnimated()
    if image.format in {"JPEG", "MPO"} and data.count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise errors.ImageTruncated("The JPEG has more scans than any encoder writes")


def _load(image: Image.Image) -> Image.Image:
    try:
        image.load()
    except _BOMB as error:
        raise errors.ImageTooManyPixels() from error
    except _DAMAGED as error:
        raise errors.ImageTruncated() from error
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):  # 16-bit grey
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layer = image.convert("RGBA")
    white = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(white, layer).convert("RGB")


def _eight_bits(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """16-bit values to 8 bits, rounded: 65535 becomes 255."""
    wide = np.clip(values.astype(np.int32), 0, 65535)
    return ((wide + 128) // 257).astype(np.uint8)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1..8. Unreadable metadata says nothing about the pixels: upright."""
    try:
        return int(image.getexif().get(_ORIENTATION_TAG, 1))
    except _DAMAGED:
        return 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = _UPRIGHT.get(orientation)
    return image if turn is None else image.transpose(turn)
