"""PNG (ISO/IEC 15948): chunk by chunk up to the end of the picture.

The decoder gets the chunks that hold pixels and no others: texts and profiles are not inflated.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from faceplatform.engine.decoding.formats.orientation import orientation
from faceplatform.engine.decoding.formats.picture import Format, Picture
from faceplatform.errors import ImageTooComplex, ImageTruncated

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_OF_PIXELS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_XMP = b"XML:com.adobe.xmp\0\0\0"  # an uncompressed text
# Encoders write chunks of 8 kB: 10 MB are 1,280 of them.
_MAX_CHUNKS = 10_000
# What Pillow stores of a pixel, by colour type: grey, colour, palette, grey and colour with alpha.
_STORED_BYTES = {0: 1.0, 2: 4.0, 3: 1.0, 4: 4.0, 6: 4.0}
_DEEP_GREY_BYTES = 4.0


class _Chunk(NamedTuple):
    """Where a chunk's body lies."""

    kind: bytes
    start: int
    end: int


def read(data: bytes) -> Picture:
    """The picture of a PNG file.

    Raises:
        faceplatform.errors.ImageTruncated: it is not built as a PNG, or a checksum is wrong.
        faceplatform.errors.ImageTooComplex: it has more chunks than any encoder writes.
    """
    chunks = list(_chunks(data))
    if not chunks or chunks[0].kind != b"IHDR" or chunks[0].end - chunks[0].start != 13:
        raise ImageTruncated
    if sum(chunk.kind == b"IHDR" for chunk in chunks) > 1:  # the last one would count
        raise ImageTruncated
    width, height, depth, colours = struct.unpack_from(">IIBB", data, chunks[0].start)
    deep_grey = colours == 0 and depth == 16
    return Picture(
        format=Format.PNG,
        parts=_for_decoder(data, chunks),
        width=width,
        height=height,
        orientation=orientation(exif=_body(data, chunks, b"eXIf"), xmp=_xmp(data, chunks)),
        # How many frames there are is the first number.
        is_animated=_body(data, chunks, b"acTL")[:4] > struct.pack(">I", 1),
        stored_bytes=_DEEP_GREY_BYTES if deep_grey else _STORED_BYTES.get(colours, 4.0),
    )


def _chunks(data: bytes) -> Iterator[_Chunk]:
    """Up to the end of the picture, or of the file where it lacks its last chunk."""
    place = len(SIGNATURE)
    for _ in range(_MAX_CHUNKS):
        if place + 12 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        chunk = _Chunk(kind, place + 8, place + 8 + length)
        place = chunk.end + 4
        if place > len(data):
            raise ImageTruncated
        yield chunk
        if kind == b"IEND":
            return
    raise ImageTooComplex("The PNG has more chunks than any encoder writes")


def _for_decoder(data: bytes, chunks: Sequence[_Chunk]) -> tuple[bytes | memoryview, ...]:
    view, parts = memoryview(data), list[bytes | memoryview]([SIGNATURE])
    for kind, start, end in chunks:
        if kind in _OF_PIXELS:
            # Pillow leaves out the checksums of the pixels.
            if zlib.crc32(view[start - 4 : end]) != int.from_bytes(data[end : end + 4]):
                raise ImageTruncated
            parts.append(view[start - 8 : end + 4])
    return tuple(parts)


def _body(data: bytes, chunks: Sequence[_Chunk], wanted: bytes) -> bytes:
    """Of the first chunk of that kind; empty when there is none."""
    return next((data[start:end] for kind, start, end in chunks if kind == wanted), b"")


def _xmp(data: bytes, chunks: Sequence[_Chunk]) -> bytes:
    for kind, start, end in chunks:
        if kind == b"iTXt" and data.startswith(_XMP, start):
            return data[start:end]
    return b""
