"""BMP: its headers, and where its pixels end. Run-length encoded ones are not taken: their reader
is slow, and no camera writes them."""

import struct

from faceplatform.engine.decoding.formats.picture import Format, Picture
from faceplatform.errors import ImageFormatUnsupported, ImageTruncated

SIGNATURE = b"BM"

_CORE_HEADER = 12  # of OS/2, with shorter fields
_INFO_HEADER = 40
_PLAIN = {0, 3, 6}  # BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS


def read(data: bytes) -> Picture:
    """The picture of a BMP file.

    Raises:
        faceplatform.errors.ImageTruncated: it is not built as a BMP, or ends before its pixels.
        faceplatform.errors.ImageFormatUnsupported: it is compressed.
    """
    try:
        width, height, bits, compression = _header(data)
        (start,) = struct.unpack_from("<I", data, 10)
    except struct.error as e:
        raise ImageTruncated from e
    if compression not in _PLAIN:
        raise ImageFormatUnsupported.named("compressed BMP")
    row = (width * bits + 31) // 32 * 4
    end = start + row * height
    if width < 1 or end > len(data):
        raise ImageTruncated
    return Picture(
        format=Format.BMP,
        parts=(memoryview(data)[:end],),
        width=width,
        height=height,
        stored_bytes=1.0 if bits <= 8 else 4.0,
    )


def _header(data: bytes) -> tuple[int, int, int, int]:
    """Width, height, bits a pixel, compression."""
    (size,) = struct.unpack_from("<I", data, 14)
    if size == _CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        return width, height, bits, 0
    if size < _INFO_HEADER:
        raise ImageTruncated
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
    return width, abs(height), bits, compression  # rows from the top have a negative height
