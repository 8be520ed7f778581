"""AVIF and HEIC (ISO/IEC 23008-12): the format of a file, and the size that it declares.

Both are decoded in a separate process (`engine.decoding.process`), which checks the size again.
"""

import struct
from collections.abc import Iterator

from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.errors import ImageTooComplex, ImageTruncated

BOX = b"ftyp"  # at offset 4

_BRANDS = {
    b"avif": Format.AVIF,
    b"avis": Format.AVIF,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), Format.HEIC),
}
# For any still image or sequence; the compatible brands are more specific.
_GENERAL = {b"mif1", b"msf1"}
# Boxes that contain the sizes, and the number of bytes before their first child.
_PARENTS = {b"meta": 4, b"iprp": 0, b"ipco": 0}
_SIZE = b"ispe"
_MAX_BOXES = 10_000


def format_of(image: bytes) -> Format | None:
    """Return AVIF or HEIC by the brands; None for anything else, such as a film."""
    size = int.from_bytes(image[:4])
    brands = [image[8:12]]
    if brands[0] in _GENERAL:
        brands += [image[place : place + 4] for place in range(16, min(size, 256), 4)]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def read(image: bytes, kind: Format) -> EncodedImage:
    """Read the structure of an AVIF or HEIC file. The size is that of its largest image.

    Raises:
        faceplatform.errors.ImageTruncated: the file is malformed.
        faceplatform.errors.ImageTooComplex: the file has more boxes than any encoder writes.
    """
    try:
        sizes = list(_sizes(image))
    except struct.error as e:
        raise ImageTruncated from e
    if not sizes:
        raise ImageTruncated
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return EncodedImage(format=kind, parts=(image,), width=width, height=height, stored_bytes=0.0)


def _sizes(image: bytes) -> Iterator[tuple[int, int]]:
    """Yield the width and height declared for each image in the file.

    Steps into a parent box instead of over it, so no recursion is needed.
    """
    place = 0
    for _ in range(_MAX_BOXES):
        if place + 8 > len(image):
            return
        length, kind = struct.unpack_from(">I4s", image, place)
        header = 8
        if length == 1:
            (length,), header = struct.unpack_from(">Q", image, place + 8), 16
        if kind == _SIZE:
            width, height = struct.unpack_from(">II", image, place + header + 4)
            yield width, height
        if kind in _PARENTS:
            place += header + _PARENTS[kind]
        elif length == 0:  # extends to the end of the file
            return
        elif length < header or place + length > len(image):
            raise ImageTruncated
        else:
            place += length
    raise ImageTooComplex("The image has more boxes than any encoder writes")
