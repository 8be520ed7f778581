"""Bytes of a picture -> Frame: limits, formats, orientation.

`formats` walks through the file first, refuses what would cost too much, and cuts it down to what
holds pixels; the decoders see nothing else. Colour profiles are ignored on purpose: the models were
trained on pictures read without colour management.
"""

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from faceplatform import errors
from faceplatform.conf import MAX_IMAGE_BYTES, MAX_IMAGE_PIXELS
from faceplatform.engine.decoding import formats, isolated
from faceplatform.engine.decoding.colours import to_rgb
from faceplatform.engine.decoding.fingerprint import fingerprint
from faceplatform.engine.decoding.formats import Format, Picture, jpeg
from faceplatform.engine.types import Frame

MAX_BYTES = MAX_IMAGE_BYTES
MAX_PIXELS = MAX_IMAGE_PIXELS
MIN_SIDE = 64
# A longer strip holds no face that its shorter side leaves room for; reducing it leaves nothing.
MAX_ASPECT = 30

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
    AssertionError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Orientations whose stored rows are upright columns, and those whose first row comes last.
_SIDEWAYS = {5, 6, 7, 8}
_FROM_THE_END = {3, 4, 6, 7}

_COPY_QUALITY = 92

# Pixels that are converted at a time: for a whole large picture Pillow makes three copies.
_STRIP_PIXELS = 1_000_000

# Stands where the data of a JPEG without an end marker stops: what is read of it is missing. Each
# restart marker is there, so that a decoder that waits for one goes on to read.
_NOISE = b"\x5a\x93\x2c\xe7" * 8
_AFTER_LOSS = _NOISE + b"".join(bytes((0xFF, 0xD0 + n)) + _NOISE for n in range(8))


def decode(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    min_side: int = MIN_SIDE,
) -> Frame:
    """Decode a picture, recognised by its content: `read`, then `frame_of`."""
    picture = read(data, max_bytes=max_bytes, max_pixels=max_pixels, min_side=min_side)
    return frame_of(picture, digest=digest_of(data))


def digest_of(data: bytes) -> str:
    """SHA-256 of the bytes as they were posted, in hex."""
    return hashlib.sha256(data).hexdigest()


def read(
    data: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    min_side: int = MIN_SIDE,
) -> Picture:
    """Walk through a picture and refuse what cannot be used by its structure. Decodes nothing.

    Raises:
        faceplatform.errors.ImageEmpty: there are no bytes.
        faceplatform.errors.ImageTooLarge: more than ``max_bytes``.
        faceplatform.errors.ImageUnreadable: no picture of a known format.
        faceplatform.errors.ImageFormatUnsupported: one of a known format that is not taken.
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageTooComplex: it would cost too much to decode.
        faceplatform.errors.ImageAnimated: an animation.
        faceplatform.errors.ImageTooManyPixels: more than ``max_pixels``, by the header.
        faceplatform.errors.ImageTooSmall: a side shorter than ``min_side``, or far shorter than the
            other one.
    """
    if not data:
        raise errors.ImageEmpty()
    if len(data) > max_bytes:
        raise errors.ImageTooLarge(f"The image has {len(data)} bytes; the limit is {max_bytes}")
    picture = formats.read(data)
    size = f"The image has {picture.width} x {picture.height} pixels"
    if picture.pixels > max_pixels:
        raise errors.ImageTooManyPixels(f"{size}; the limit is {max_pixels} in all")
    if min(picture.width, picture.height) < min_side:
        raise errors.ImageTooSmall(f"{size}; each side needs {min_side}")
    if max(picture.width, picture.height) > MAX_ASPECT * min(picture.width, picture.height):
        raise errors.ImageTooSmall(f"{size}; no side may be {MAX_ASPECT} times the other")
    if picture.is_animated:
        raise errors.ImageAnimated
    return picture


def frame_of(picture: Picture, *, digest: str, reduction: int = 1) -> Frame:
    """Decode a picture. Takes `Picture.memory` bytes, and keeps three a pixel.

    Args:
        reduction: the factor by which both sides are reduced while decoding; of a JPEG only, 1, 2,
            4 or 8.

    Raises:
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageAnimated, faceplatform.errors.ImageTooManyPixels: an AVIF or HEIC
            that says less of itself than it holds.
    """
    if picture.format in {Format.AVIF, Format.HEIC}:
        pixels, luminance = isolated.decode(picture), None
    else:
        pixels, luminance = _upright(_decoded(picture, reduction), picture.orientation)
    # Of a large picture not before its decoder's own copy is gone.
    luminance = luminance or _luminance(pixels)
    return Frame(pixels=pixels, digest=digest, fingerprint=fingerprint(luminance))


def encoded(frame: Frame) -> bytes:
    """A frame as a JPEG of its own, which holds nothing else that the posted file held."""
    buffer = BytesIO()
    Image.fromarray(frame.pixels).save(buffer, "JPEG", quality=_COPY_QUALITY)
    return buffer.getvalue()


def _loaded_whole(picture: Picture, reduction: int) -> Image.Image:
    """A JPEG without its end marker, unless more than that is missing.

    The decoder fills up what is missing and does not say so. So noise is put there: where that
    changes a pixel, the pixel was missing.
    """
    noisy = replace(picture, parts=(*picture.parts, _AFTER_LOSS, jpeg.END))
    checksum = _checksum(_loaded(noisy, reduction))
    image = _loaded(replace(picture, parts=(*picture.parts, jpeg.END)), reduction)
    if _checksum(image) != checksum:
        raise errors.ImageTruncated
    return image


def _checksum(image: Image.Image) -> int:
    checksum = 0
    for top, bottom in _strips(*image.size):
        strip = image.crop((0, top, image.width, bottom))
        checksum = zlib.crc32(strip.tobytes(), checksum)
    return checksum


def _strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    """The first row of each strip of a picture, and the row behind its last one."""
    rows = max(1, _STRIP_PIXELS // width)
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _loaded(picture: Picture, reduction: int) -> Image.Image:
    try:
        image = Image.open(BytesIO(picture.data), formats=(picture.format,))
        if image.size != (picture.width, picture.height):
            raise errors.ImageTruncated
        if reduction > 1:
            image.draft(None, (image.width // reduction, image.height // reduction))
        image.load()
    except _DAMAGED as error:
        raise errors.ImageTruncated from error
    return image


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A picture as its decoder left it. ``rows``: from one up to another, as RGB."""

    width: int
    height: int
    rows: Callable[[int, int], Image.Image]


def _decoded(picture: Picture, reduction: int) -> _Decoded:
    if picture.format is Format.WEBP:
        return _decoded_webp(picture)
    image = (_loaded if picture.is_ended else _loaded_whole)(picture, reduction)

    def rows(top: int, bottom: int) -> Image.Image:
        whole = bottom - top == image.height
        try:
            return to_rgb(image if whole else image.crop((0, top, image.width, bottom)))
        except _DAMAGED as error:  # a palette that lacks what its pixels name
            raise errors.ImageTruncated from error

    return _Decoded(*image.size, rows)


def _decoded_webp(picture: Picture) -> _Decoded:
    """By OpenCV: Pillow's reader is made for animations, and keeps five copies of a still one."""
    import cv2

    try:
        stored = cv2.imdecode(np.frombuffer(picture.data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise errors.ImageTruncated from error
    if stored is None or stored.shape[:2] != (picture.height, picture.width):
        raise errors.ImageTruncated
    to = cv2.COLOR_BGRA2RGBA if stored.shape[2] == 4 else cv2.COLOR_BGR2RGB

    def rows(top: int, bottom: int) -> Image.Image:
        return to_rgb(Image.fromarray(cv2.cvtColor(stored[top:bottom], to)))

    return _Decoded(picture.width, picture.height, rows)


def _upright(decoded: _Decoded, orientation: int) -> tuple[NDArray[np.uint8], Image.Image | None]:
    """The pixels, turned as the orientation says; of a small picture, its luminance too."""
    width, height = decoded.width, decoded.height
    if width * height <= _STRIP_PIXELS:
        whole = _turned(decoded.rows(0, height), orientation)
        return np.asarray(whole), whole.convert("L")
    sideways, from_the_end = orientation in _SIDEWAYS, orientation in _FROM_THE_END
    shape = (width, height, 3) if sideways else (height, width, 3)
    pixels = np.empty(shape, dtype=np.uint8)
    for top, bottom in _strips(width, height):
        strip = _turned(decoded.rows(top, bottom), orientation)
        place = slice(height - bottom, height - top) if from_the_end else slice(top, bottom)
        pixels[(slice(None), place) if sideways else place] = np.asarray(strip)
    return pixels, None


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _luminance(pixels: NDArray[np.uint8]) -> Image.Image:
    height, width = pixels.shape[:2]
    luminance = Image.new("L", (width, height))
    for top, bottom in _strips(width, height):
        luminance.paste(Image.fromarray(pixels[top:bottom]).convert("L"), (0, top))
    return luminance
