"""BMP: headers, and the end of the pixels. Run-length encoding is refused: Pillow decodes it
slowly, and no camera writes it."""

import struct

from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.errors import ImageFormatUnsupported, ImageTruncated

SIGNATURE = b"BM"

_CORE_HEADER = 12  # of OS/2, with shorter fields
_INFO_HEADER = 40
_PLAIN = {0, 3, 6}  # BI_RGB, BI_BITFIELDS, BI_ALPHABITFIELDS


def read(image: bytes) -> EncodedImage:
    """Read the structure of a BMP file.

    Raises:
        faceplatform.errors.ImageTruncated: the file is malformed, or ends before its pixels.
        faceplatform.errors.ImageFormatUnsupported: the file is compressed.
    """
    try:
        width, height, bits, compression = _header(image)
        (start,) = struct.unpack_from("<I", image, 10)
    except struct.error as e:
        raise ImageTruncated from e
    if compression not in _PLAIN:
        raise ImageFormatUnsupported.named("compressed BMP")
    row = (width * bits + 31) // 32 * 4
    end = start + row * height
    if width < 1 or end > len(image):
        raise ImageTruncated
    return EncodedImage(
        format=Format.BMP,
        parts=(memoryview(image)[:end],),
        width=width,
        height=height,
        stored_bytes=1.0 if bits <= 8 else 4.0,
    )


def _header(image: bytes) -> tuple[int, int, int, int]:
    """Return width, height, bits per pixel and compression."""
    (size,) = struct.unpack_from("<I", image, 14)
    if size == _CORE_HEADER:
        width, height, _, bits = struct.unpack_from("<HHHH", image, 18)
        return width, height, bits, 0
    if size < _INFO_HEADER:
        raise ImageTruncated
    width, height, _, bits, compression = struct.unpack_from("<iiHHI", image, 18)
    return width, abs(height), bits, compression  # negative for rows stored top to bottom
