"""Hostile images, all within the limits that the API states: 10 MB and 25 megapixels.

`large` images could come from a camera or an editor. `costly` images come from no encoder: they
have few useful pixels or bytes, and take much work to decode.
"""

import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import cv2
import numpy as np
from PIL import Image

from bench.pictures import VGA, portraits
from tests.pictures import Pixels

SIDE = 5000  # squared: 25 megapixels
_MOST_BYTES = 10 * 1024 * 1024
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# The passes of Adam7: first row, row step, first column, column step.
_ADAM7 = (
    (0, 8, 0, 8),
    (0, 8, 4, 8),
    (4, 8, 0, 4),
    (0, 4, 2, 4),
    (2, 4, 0, 2),
    (0, 2, 1, 2),
    (1, 2, 0, 1),
)
_SOS = b"\xff\xda"
# An escaped 0xFF, and the markers between parts of one scan.
_WITHIN_A_SCAN = {0x00, *range(0xD0, 0xD8)}


@cache
def large() -> dict[str, bytes]:
    """Return a portrait in a corner of 25 megapixels, in every format and variant."""
    image = _portrait()
    grey = image.convert("L")
    alpha = image.convert("RGBA")
    alpha.putalpha(grey)
    return {
        "JPEG baseline": _saved(image, "JPEG"),
        "JPEG progressive": _saved(image, "JPEG", progressive=True),
        "PNG RGB": _saved(image, "PNG", compress_level=1),
        "PNG RGBA": _saved(alpha, "PNG", compress_level=1),
        "PNG palette": _saved(image.quantize(64), "PNG", compress_level=1),
        "PNG 16-bit": _sixteen_bits(image),
        "PNG interlaced": _interlaced(image),
        "WebP lossy": _saved(image, "WEBP", method=0),
        "WebP lossless": _saved(image, "WEBP", lossless=True, method=0, quality=0),
        "WebP alpha": _saved(alpha, "WEBP", method=0),
        "BMP": _saved(grey.convert("1"), "BMP"),
        "AVIF": _saved(image, "AVIF", speed=10),
    }


@cache
def small_webp() -> bytes:
    """Return a lossless WebP of 25 megapixels of one color, in about a kilobyte."""
    return _saved(Image.new("RGB", (SIDE, SIDE), "white"), "WEBP", lossless=True, method=0)


@cache
def truncated() -> bytes:
    """Return a small JPEG without its second half."""
    frame, *_ = portraits(VGA)
    return frame[: len(frame) // 2]


def _portrait() -> Image.Image:
    """Return a face of ordinary size on white: otherwise lossless formats would exceed 10 MB."""
    frame, *_ = portraits(VGA)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    with Image.open(BytesIO(frame)) as face:
        image.paste(face, (SIDE // 3, SIDE // 3))
    return image


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _sixteen_bits(image: Image.Image) -> bytes:
    """Write 16 bits per channel, which Pillow only reads."""
    wide = np.asarray(image)[..., ::-1].astype(np.uint16) * 257
    _, data = cv2.imencode(".png", wide, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    return bytes(data)


def _interlaced(image: Image.Image) -> bytes:
    """Write Adam7, which neither Pillow nor OpenCV writes."""
    pixels = np.asarray(image)
    rows = b"".join(
        _unfiltered(pixels[top::down, left::right]) for top, down, left, right in _ADAM7
    )
    head = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 1)
    return _png(_chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows, 1)))


def _unfiltered(pixels: Pixels) -> bytes:
    """Return the rows of a PNG, each after the number of the filter "none"."""
    flat = pixels.reshape(pixels.shape[0], -1)
    return np.pad(flat, ((0, 0), (1, 0))).tobytes()


def _png(*chunks: bytes) -> bytes:
    return b"".join((_PNG_SIGNATURE, *chunks, _chunk(b"IEND", b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _grey(side: int) -> tuple[bytes, bytes]:
    """Return header and data of a black square, stored uncompressed."""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
    return head, zlib.compress(bytes(side * (side + 1)), 0)


def _png_of_chunks(kind: bytes, data: bytes, count: int) -> bytes:
    """Put this many equal chunks before the image."""
    head, compressed = _grey(100)
    return _png(head, _chunk(kind, data) * count, _chunk(b"IDAT", compressed))


def _png_in_single_bytes() -> bytes:
    """Put each byte of the image into a separate chunk, as many as fit into 10 MB."""
    head, compressed = _grey(850)
    return _png(head, *(_chunk(b"IDAT", bytes([byte])) for byte in compressed))


def _run_length_bmp() -> bytes:
    """Write 25 megapixels of 8 bits in runs so short that they fill 10 MB."""
    length = 6
    lines = -(-SIDE // length)
    line = bytes([length, 7]) * (lines - 1) + bytes([SIDE - length * (lines - 1), 7]) + b"\0\0"
    data = line * SIDE + b"\0\1"
    palette = bytes(range(256)) * 4
    start = 14 + 40 + len(palette)
    header = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 8, 1, len(data), 0, 0, 256, 256)
    return struct.pack("<2sIHHI", b"BM", start + len(data), 0, 0, start) + header + palette + data


def _room() -> int:
    """Return the number of bytes that can be added to a frame."""
    return _MOST_BYTES - len(portraits(VGA)[0]) - 16


def _after_the_start(more: bytes) -> bytes:
    """Return an ordinary frame with these bytes before its first segment."""
    frame, *_ = portraits(VGA)
    return frame[:2] + more + frame[2:]


def _with_scans(count: int) -> bytes:
    """Return a progressive JPEG of 25 megapixels whose first scan is repeated this often."""
    data = _saved(Image.new("RGB", (SIDE, SIDE), "grey"), "JPEG", progressive=True)
    start = data.index(_SOS)
    end = start + 2
    while data[end] != 0xFF or data[end + 1] in _WITHIN_A_SCAN:
        end += 1
    scan = data[start:end]
    return data[:end] + scan * (count - data.count(_SOS)) + data[end:]


def _cut_webp(data: bytes) -> bytes:
    """Return a lossless WebP without its end, hidden by its lengths until the rest is decoded."""
    kind, body = data[12:16], data[20:-5000]
    return struct.pack("<4sI4s4sI", b"RIFF", len(body) + 12, b"WEBP", kind, len(body)) + body


# By name; each is created when it is first used.
COSTLY: dict[str, Callable[[], bytes]] = {
    "JPEG, 10 MB of 0xFF padding": lambda: _after_the_start(b"\xff" * _room()),
    "JPEG, 2 million empty segments": lambda: _after_the_start(
        b"\xff\xe4\x00\x02" * (_room() // 4)
    ),
    "JPEG, 2 million comments": lambda: _after_the_start(b"\xff\xfe\x00\x02" * (_room() // 4)),
    "JPEG, 99 scans": lambda: _with_scans(99),
    "JPEG, 99 scans, cut": lambda: _with_scans(99)[:-2],
    "JPEG of 25 megapixels, cut": lambda: large()["JPEG progressive"][:-5000],
    "PNG, 650,000 texts": lambda: _png_of_chunks(b"tEXt", b"a\0", 650_000),
    "PNG, 650,000 texts, cut": lambda: _png_of_chunks(b"tEXt", b"a\0", 650_000)[:-100],
    "PNG, 700,000 unknown chunks": lambda: _png_of_chunks(b"prVt", b"", 700_000),
    "PNG, data in single bytes": _png_in_single_bytes,
    "PNG of 25 megapixels, cut": lambda: large()["PNG interlaced"][:-5000],
    "BMP, run-length encoded": _run_length_bmp,
    "BMP, run-length encoded, cut": lambda: _run_length_bmp()[:-100],
    "WebP lossless, cut": lambda: _cut_webp(large()["WebP lossless"]),
}
