"""Image (encoded bytes) -> Frame: limits, formats, orientation.

`formats` reads the structure of the file first, refuses what would be expensive to decode, and cuts
the file down to the parts that hold pixels; decoders see nothing else. Colour profiles are ignored
on purpose: the models were trained on images read without colour management.
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
from faceplatform.engine.decoding.formats import EncodedImage, Format, jpeg
from faceplatform.engine.types import Frame

MAX_BYTES = MAX_IMAGE_BYTES
MAX_PIXELS = MAX_IMAGE_PIXELS
MIN_SIDE = 64
# A longer strip has no room for a face, and nothing is left of its shorter side once reduced.
MAX_ASPECT = 30

# Raised by Pillow on damaged data, in addition to its UnidentifiedImageError (an OSError): its
# readers let any error of parsing hostile bytes through.
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
# Orientations whose stored rows become columns, and those whose first row comes last.
_SIDEWAYS = {5, 6, 7, 8}
_FROM_THE_END = {3, 4, 6, 7}

_JPEG_QUALITY = 92

# A larger WebP is decoded in a process of its own: OpenCV holds it twice, up to 200 MB, and no live
# frame is as large.
_LARGE_WEBP_PIXELS = 8_000_000

# Pixels converted at a time: Pillow makes three copies of whatever it converts.
_STRIP_PIXELS = 1_000_000

# Put after the data of a JPEG: a pixel decoded from this noise is missing in the file. The decoder
# fills in zero bits, so the noise begins with a one: they differ from the first missing bit on.
# Each piece is longer than the blocks that lie beyond the image's edge, and there is one for each
# restart marker, so that a decoder waiting for one goes on reading.
_NOISE = b"\xb5" + hashlib.shake_256(b"noise").digest(1023).replace(b"\xff", b"\xb5")
_AFTER_LOSS = _NOISE + b"".join(bytes((0xFF, 0xD0 + n)) + _NOISE for n in range(8))
# The samples of blocks that the decoder lacks, also where CMYK is inverted.
_FILLING = {127, 128}


def decode(
    image: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    min_side: int = MIN_SIDE,
) -> Frame:
    """Decode an image: `read`, then `decode_frame`."""
    encoded = read(image, max_bytes=max_bytes, max_pixels=max_pixels, min_side=min_side)
    return decode_frame(encoded, digest=digest_of(image))


def digest_of(image: bytes) -> str:
    """Return the SHA-256 of an image, in hex."""
    return hashlib.sha256(image).hexdigest()


def read(
    image: bytes,
    *,
    max_bytes: int = MAX_BYTES,
    max_pixels: int = MAX_PIXELS,
    min_side: int = MIN_SIDE,
) -> EncodedImage:
    """Read the structure of an image, and refuse one that cannot be used. Decodes nothing.

    Raises:
        faceplatform.errors.ImageEmpty: there are no bytes.
        faceplatform.errors.ImageTooLarge: more than ``max_bytes``.
        faceplatform.errors.ImageUnreadable: no known format.
        faceplatform.errors.ImageFormatUnsupported: a known format that is not accepted.
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageTooComplex: too expensive to decode.
        faceplatform.errors.ImageAnimated: an animation.
        faceplatform.errors.ImageTooManyPixels: more than ``max_pixels`` according to the header.
        faceplatform.errors.ImageTooSmall: a side is shorter than ``min_side``, or far shorter than
            the other.
    """
    if not image:
        raise errors.ImageEmpty()
    if len(image) > max_bytes:
        raise errors.ImageTooLarge(f"The image has {len(image)} bytes; the limit is {max_bytes}")
    encoded = formats.read(image)
    size = f"The image has {encoded.width} x {encoded.height} pixels"
    if encoded.pixels > max_pixels:
        raise errors.ImageTooManyPixels(f"{size}; the limit is {max_pixels} in all")
    if min(encoded.width, encoded.height) < min_side:
        raise errors.ImageTooSmall(f"{size}; each side needs {min_side}")
    if max(encoded.width, encoded.height) > MAX_ASPECT * min(encoded.width, encoded.height):
        raise errors.ImageTooSmall(f"{size}; no side may be {MAX_ASPECT} times the other")
    if encoded.is_animated:
        raise errors.ImageAnimated
    return encoded


def decode_frame(encoded: EncodedImage, *, digest: str, reduction: int = 1) -> Frame:
    """Decode an image whose structure was read.

    Takes `EncodedImage.memory` bytes, and keeps three per pixel.

    Args:
        reduction: the factor by which both sides are reduced while decoding: 1; for a JPEG also 2,
            4 or 8.

    Raises:
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageAnimated, faceplatform.errors.ImageTooManyPixels: an AVIF or HEIC
            image that holds more than it declares.
    """
    if _is_isolated(encoded):
        pixels, luminance = isolated.decode(encoded), None
    else:
        pixels, luminance = _upright(_decode(encoded, reduction), encoded.orientation)
    # For a large image, only once the copy in its decoder is gone.
    luminance = luminance or _luminance(pixels)
    return Frame(pixels=pixels, digest=digest, fingerprint=fingerprint(luminance))


def _is_isolated(encoded: EncodedImage) -> bool:
    large = encoded.format is Format.WEBP and encoded.pixels > _LARGE_WEBP_PIXELS
    return large or encoded.format in {Format.AVIF, Format.HEIC}


def decode_here(encoded: EncodedImage) -> NDArray[np.uint8]:
    """Decode an image in this process to upright RGB pixels, (height, width, 3).

    Raises:
        faceplatform.errors.ImageTruncated: damaged or incomplete.
    """
    pixels, _ = _upright(_decode(encoded, 1), encoded.orientation)
    return pixels


def encode(frame: Frame) -> bytes:
    """Encode the pixels of a frame as a JPEG, without any metadata of the original image."""
    buffer = BytesIO()
    Image.fromarray(frame.pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return buffer.getvalue()


def _load_jpeg(encoded: EncodedImage, reduction: int) -> Image.Image:
    """Decode a JPEG.

    Raises:
        faceplatform.errors.ImageTruncated: damaged. Missing data is looked for only if the end
            marker is missing, or the last pixel looks filled in.
    """
    if encoded.is_ended:
        loaded = _load(encoded, reduction)
        if jpeg.has_several_passes(encoded) or not _looks_filled_in(loaded):
            return loaded
        del loaded  # before another one is made: the memory is that of one
    data = encoded.parts[:-1] if encoded.is_ended else encoded.parts
    _require_all_data(replace(encoded, parts=data), reduction)
    return _load(replace(encoded, parts=(*data, jpeg.END)), reduction)


def _require_all_data(encoded: EncodedImage, reduction: int) -> None:
    """Refuse a JPEG, given without its end marker, if data is missing that its pixels need.

    The decoder silently fills in missing data. It is run again with noise appended: a pixel that
    this changes was missing. Whole blocks are compared, because noise may leave the single row or
    column of a block that the image shows as it was.
    """
    whole = jpeg.in_whole_blocks(encoded)
    checksums = {
        _checksum(_load(replace(whole, parts=(*whole.parts, *tail, jpeg.END)), reduction))
        for tail in ((), (_AFTER_LOSS,))
    }
    if len(checksums) > 1:
        raise errors.ImageTruncated


def _looks_filled_in(loaded: Image.Image) -> bool:
    """Return True if the last pixel is grey, as all are whose blocks the decoder lacks."""
    last = loaded.getpixel((loaded.width - 1, loaded.height - 1))
    return _FILLING.issuperset(last if isinstance(last, tuple) else (last,))


def _checksum(loaded: Image.Image) -> int:
    checksum = 0
    for top, bottom in _strips(*loaded.size):
        strip = loaded.crop((0, top, loaded.width, bottom))
        checksum = zlib.crc32(strip.tobytes(), checksum)
    return checksum


def _strips(width: int, height: int) -> Iterator[tuple[int, int]]:
    """Return the first row of each strip of an image, and the row after its last."""
    rows = max(1, _STRIP_PIXELS // width)
    return ((top, min(top + rows, height)) for top in range(0, height, rows))


def _load(encoded: EncodedImage, reduction: int) -> Image.Image:
    try:
        loaded = Image.open(BytesIO(encoded.decoder_input), formats=(encoded.format,))
        if loaded.size != (encoded.width, encoded.height):
            raise errors.ImageTruncated
        if reduction > 1:
            loaded.draft(None, (loaded.width // reduction, loaded.height // reduction))
        loaded.load()
    except _DAMAGED as error:
        raise errors.ImageTruncated from error
    return loaded


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A decoded image in its stored orientation. ``rows(top, bottom)`` returns rows as RGB."""

    width: int
    height: int
    rows: Callable[[int, int], Image.Image]


def _decode(encoded: EncodedImage, reduction: int) -> _Decoded:
    if encoded.format is Format.WEBP:
        return _decode_webp(encoded)
    load = _load_jpeg if encoded.format is Format.JPEG else _load
    loaded = load(encoded, reduction)

    def rows(top: int, bottom: int) -> Image.Image:
        whole = bottom - top == loaded.height
        try:
            return to_rgb(loaded if whole else loaded.crop((0, top, loaded.width, bottom)))
        except _DAMAGED as error:  # a palette without the colours that its pixels refer to
            raise errors.ImageTruncated from error

    return _Decoded(*loaded.size, rows)


def _decode_webp(encoded: EncodedImage) -> _Decoded:
    """Decode by OpenCV: Pillow's reader, made for animations, makes five copies of a still."""
    import cv2

    try:
        stored = cv2.imdecode(np.frombuffer(encoded.decoder_input, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise errors.ImageTruncated from error
    if stored is None or stored.shape[:2] != (encoded.height, encoded.width):
        raise errors.ImageTruncated
    to = cv2.COLOR_BGRA2RGBA if stored.shape[2] == 4 else cv2.COLOR_BGR2RGB

    def rows(top: int, bottom: int) -> Image.Image:
        return to_rgb(Image.fromarray(cv2.cvtColor(stored[top:bottom], to)))

    return _Decoded(encoded.width, encoded.height, rows)


def _upright(decoded: _Decoded, orientation: int) -> tuple[NDArray[np.uint8], Image.Image | None]:
    """Return the upright pixels, and the luminance if the image is small."""
    width, height = decoded.width, decoded.height
    if width * height <= _STRIP_PIXELS:
        whole = _turn(decoded.rows(0, height), orientation)
        return np.asarray(whole), whole.convert("L")
    sideways, from_the_end = orientation in _SIDEWAYS, orientation in _FROM_THE_END
    shape = (width, height, 3) if sideways else (height, width, 3)
    pixels = np.empty(shape, dtype=np.uint8)
    for top, bottom in _strips(width, height):
        strip = _turn(decoded.rows(top, bottom), orientation)
        place = slice(height - bottom, height - top) if from_the_end else slice(top, bottom)
        pixels[(slice(None), place) if sideways else place] = np.asarray(strip)
    return pixels, None


def _turn(stored: Image.Image, orientation: int) -> Image.Image:
    turn = _TURNS.get(orientation)
    return stored if turn is None else stored.transpose(turn)


def _luminance(pixels: NDArray[np.uint8]) -> Image.Image:
    height, width = pixels.shape[:2]
    luminance = Image.new("L", (width, height))
    for top, bottom in _strips(width, height):
        luminance.paste(Image.fromarray(pixels[top:bottom]).convert("L"), (0, top))
    return luminance
