"""WebP (RFC 9649): chunk by chunk up to the end of the image.

The decoder gets a new container with the chunks of the image only: no metadata, no animation.
"""

import struct
from collections.abc import Iterator

from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.engine.decoding.formats.orientation import orientation
from faceplatform.errors import ImageTooComplex, ImageTruncated

SIGNATURE = b"RIFF"
KIND = b"WEBP"  # at offset 8

_EXTENDED, _LOSSY, _LOSSLESS, _ALPHA = b"VP8X", b"VP8 ", b"VP8L", b"ALPH"
_ANIMATED_FLAG, _ALPHA_FLAG = 0x02, 0x10
_MAX_CHUNKS = 100
_SIDE = (1 << 14) - 1

_Chunks = dict[bytes, memoryview]


def read(image: bytes) -> EncodedImage:
    """Read the structure of a WebP file.

    Raises:
        faceplatform.errors.ImageTruncated: the file is malformed, or ends before its data does.
        faceplatform.errors.ImageTooComplex: the file has more chunks than any encoder writes.
    """
    chunks: _Chunks = dict(reversed(list(_chunks(image))))  # the first of each kind counts
    try:
        width, height, alpha = _size(chunks)
    except struct.error as e:
        raise ImageTruncated from e
    if not (width and height):
        raise ImageTruncated
    return EncodedImage(
        format=Format.WEBP,
        parts=_for_decoder(chunks, width=width, height=height),
        width=width,
        height=height,
        orientation=orientation(
            exif=bytes(chunks.get(b"EXIF", b"")), xmp=bytes(chunks.get(b"XMP ", b""))
        ),
        is_animated=bool((chunks.get(_EXTENDED) or b"\0")[0] & _ANIMATED_FLAG),
        stored_bytes=4.0 if alpha else 3.0,
        # libwebp holds a second copy of the pixels.
        decoding_bytes=4.0,
    )


def _chunks(image: bytes) -> Iterator[tuple[bytes, memoryview]]:
    place, end = 12, 8 + int.from_bytes(image[4:8], "little")
    if end > len(image):
        raise ImageTruncated
    for _ in range(_MAX_CHUNKS):
        if place + 8 > end:
            return
        kind, length = struct.unpack_from("<4sI", image, place)
        if place + 8 + length > end:
            raise ImageTruncated
        yield kind, memoryview(image)[place + 8 : place + 8 + length]
        place += 8 + length + length % 2
    raise ImageTooComplex("The WebP has more chunks than any encoder writes")


def _size(chunks: _Chunks) -> tuple[int, int, bool]:
    """Return width, height, and True if there is transparency."""
    if lossless := chunks.get(_LOSSLESS):
        (bits,) = struct.unpack_from("<I", lossless, 1)
        return (bits & _SIDE) + 1, (bits >> 14 & _SIDE) + 1, bool(bits >> 28 & 1)
    if lossy := chunks.get(_LOSSY):
        width, height = struct.unpack_from("<HH", lossy, 6)
        return width & _SIDE, height & _SIDE, _ALPHA in chunks
    if extended := chunks.get(_EXTENDED):  # an animation
        width, height = extended[4:7], extended[7:10]
        return int.from_bytes(width, "little") + 1, int.from_bytes(height, "little") + 1, True
    raise ImageTruncated


def _for_decoder(chunks: _Chunks, *, width: int, height: int) -> tuple[bytes | memoryview, ...]:
    parts: list[bytes | memoryview] = [KIND]
    if _LOSSY in chunks and _ALPHA in chunks:
        sides = (side.to_bytes(3, "little") for side in (width - 1, height - 1))
        parts += _chunk(_EXTENDED, bytes((_ALPHA_FLAG, 0, 0, 0)) + b"".join(sides))
    for kind in (_LOSSLESS,) if _LOSSLESS in chunks else (_ALPHA, _LOSSY):
        if kind in chunks:
            parts += _chunk(kind, chunks[kind])
    length = sum(len(part) for part in parts)
    return (struct.pack("<4sI", SIGNATURE, length), *parts)


def _chunk(kind: bytes, body: bytes | memoryview) -> tuple[bytes | memoryview, ...]:
    return struct.pack("<4sI", kind, len(body)), body, b"\0" * (len(body) % 2)
