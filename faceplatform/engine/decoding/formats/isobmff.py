"""AVIF and HEIC (ISO/IEC 23008-12): which of the two a file is, and how large it says it is.

Both are decoded by a process of their own (`engine.decoding.process`), which has the last word on
the size.
"""

import struct
from collections.abc import Iterator

from faceplatform.engine.decoding.formats.picture import Format, Picture
from faceplatform.errors import ImageTooComplex, ImageTruncated

BOX = b"ftyp"  # four bytes in

_BRANDS = {
    b"avif": Format.AVIF,
    b"avis": Format.AVIF,
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), Format.HEIC),
}
# Of any still picture or sequence: the compatible ones say more.
_GENERAL = {b"mif1", b"msf1"}
# Boxes that lead to the sizes, and how many bytes they have before their first child.
_PARENTS = {b"meta": 4, b"iprp": 0, b"ipco": 0}
_SIZE = b"ispe"
_MAX_BOXES = 10_000


def format_of(data: bytes) -> Format | None:
    """AVIF or HEIC by the brands; None for what is neither, such as a film."""
    size = int.from_bytes(data[:4])
    brands = [data[8:12]]
    if brands[0] in _GENERAL:
        brands += [data[place : place + 4] for place in range(16, min(size, 256), 4)]
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)


def read(data: bytes, kind: Format) -> Picture:
    """The picture of an AVIF or HEIC file, as large as the largest of its images.

    Raises:
        faceplatform.errors.ImageTruncated: it is not built as one.
        faceplatform.errors.ImageTooComplex: it has more boxes than any encoder writes.
    """
    try:
        sizes = list(_sizes(data))
    except struct.error as e:
        raise ImageTruncated from e
    if not sizes:
        raise ImageTruncated
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return Picture(format=kind, parts=(data,), width=width, height=height, stored_bytes=0.0)


def _sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Of all images of a file: the width and height that their properties say.

    A parent's children are walked in its place, which needs no recursion.
    """
    place = 0
    for _ in range(_MAX_BOXES):
        if place + 8 > len(data):
            return
        length, kind = struct.unpack_from(">I4s", data, place)
        header = 8
        if length == 1:
            (length,), header = struct.unpack_from(">Q", data, place + 8), 16
        if kind == _SIZE:
            width, height = struct.unpack_from(">II", data, place + header + 4)
            yield width, height
        if kind in _PARENTS:
            place += header + _PARENTS[kind]
        elif length == 0:  # up to the end of the file
            return
        elif length < header or place + length > len(data):
            raise ImageTruncated
        else:
            place += length
    raise ImageTooComplex("The image has more boxes than any encoder writes")
