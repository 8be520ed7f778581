"""PNG (ISO/IEC 15948): chunk by chunk up to the end of the image.

The decoder gets only the chunks that hold pixels: texts and profiles are never inflated.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.engine.decoding.formats.orientation import orientation
from faceplatform.errors import ImageTooComplex, ImageTruncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_OF_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_XMP = b"XML:com.adobe.xmp\0\0\0"  # an uncompressed text
# Encoders write chunks of 8 kB: 10 MB are 1,280 of them.
_MAX_CHUNKS = 10_000
# Bytes per pixel in Pillow, by colour type: grey, colour, palette, grey and colour with alpha.
_STORED_BYTES = {0: 1.0, 2: 4.0, 3: 1.0, 4: 4.0, 6: 4.0}
_DEEP_GREY_BYTES = 4.0


class _Chunk(NamedTuple):
    """The kind of a chunk and the position of its body."""

    kind: bytes
    start: int
    end: int


def read(image: bytes) -> EncodedImage:
    """Read the structure of a PNG file.

    Raises:
        faceplatform.errors.ImageTruncated: the file is malformed, or a checksum is wrong.
        faceplatform.errors.ImageTooComplex: the file has more chunks than any encoder writes.
    """
    chunks = list(_chunks(image))
    if not chunks or chunks[0].kind != b"IHDR" or chunks[0].end - chunks[0].start != 13:
        raise ImageTruncated
    if sum(chunk.kind == b"IHDR" for chunk in chunks) > 1:  # Pillow would use the last one
        raise ImageTruncated
    width, height, depth, colours = struct.unpack_from(">IIBB", image, chunks[0].start)
    deep_grey = colours == 0 and depth == 16
    return EncodedImage(
        format=Format.PNG,
        parts=_for_decoder(image, chunks),
        width=width,
        height=height,
        orientation=orientation(exif=_body(image, chunks, b"eXIf"), xmp=_xmp(image, chunks)),
        # The number of frames comes first.
        is_animated=_body(image, chunks, b"acTL")[:4] > struct.pack(">I", 1),
        stored_bytes=_DEEP_GREY_BYTES if deep_grey else _STORED_BYTES.get(colours, 4.0),
    )


def _chunks(image: bytes) -> Iterator[_Chunk]:
    """Yield chunks up to the last one, or to the end of a file that lacks it."""
    place = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if place + 12 > len(image):
            return
        length, kind = struct.unpack_from(">I4s", image, place)
        chunk = _Chunk(kind, place + 8, place + 8 + length)
        place = chunk.end + 4
        if place > len(image):
            raise ImageTruncated
        yield chunk
        if kind == b"IEND":
            return
    raise ImageTooComplex("The PNG has more chunks than any encoder writes")


def _for_decoder(image: bytes, chunks: Sequence[_Chunk]) -> tuple[bytes | memoryview, ...]:
    view, parts = memoryview(image), list[bytes | memoryview]([SIGNATURE])
    for kind, start, end in chunks:
        if kind in _OF_PIXELS:
            # Pillow does not check the checksums of pixel data.
            if zlib.crc32(view[start - 4 : end]) != int.from_bytes(image[end : end + 4]):
                raise ImageTruncated
            parts.append(view[start - 8 : end + 4])
    return tuple(parts)


def _body(image: bytes, chunks: Sequence[_Chunk], wanted: bytes) -> bytes:
    """Return the body of the first chunk of a kind; empty if there is none."""
    return next((image[start:end] for kind, start, end in chunks if kind == wanted), b"")


def _xmp(image: bytes, chunks: Sequence[_Chunk]) -> bytes:
    for kind, start, end in chunks:
        if kind == b"iTXt" and image.startswith(_XMP, start):
            return image[start:end]
    return b""
