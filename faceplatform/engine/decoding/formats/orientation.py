"""The orientation of the camera, from EXIF or XMP. Unreadable metadata counts as upright."""

import re
import struct

UPRIGHT = 1
_ORIENTATION_TAG = 0x0112
_SHORT = 3
_BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
_IN_XMP = re.compile(rb"""tiff:Orientation(?:=["']|>)\s*([1-8])""")


def orientation(*, exif: bytes = b"", xmp: bytes = b"") -> int:
    """Return the EXIF orientation, 1..8. EXIF takes precedence over XMP.

    Args:
        exif: the TIFF structure, with or without the prefix "Exif" and two zeros.
        xmp: the packet.
    """
    value = _of_tiff(exif.removeprefix(b"Exif\0\0"))
    if value is None and (found := _IN_XMP.search(xmp)):
        value = int(found[1])
    return value if value is not None and 1 <= value <= 8 else UPRIGHT


def _of_tiff(tiff: bytes) -> int | None:
    """Return the value of the tag in the first directory."""
    order = _BYTE_ORDERS.get(tiff[:4])
    if order is None:
        return None
    try:
        (directory,) = struct.unpack_from(f"{order}I", tiff, 4)
        (entries,) = struct.unpack_from(f"{order}H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(f"{order}HH", tiff, entry)
            if tag == _ORIENTATION_TAG:
                layout = f"{order}H" if kind == _SHORT else f"{order}I"
                return int(struct.unpack_from(layout, tiff, entry + 8)[0])
    except struct.error:
        return None
    return None
