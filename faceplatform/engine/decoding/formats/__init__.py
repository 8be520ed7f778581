"""Which format a file has, by its first bytes, and what its structure says: nothing is decoded."""

from importlib.util import find_spec

from faceplatform.engine.decoding.formats import bmp, isobmff, jpeg, png, webp
from faceplatform.engine.decoding.formats.picture import Format, Picture
from faceplatform.errors import ImageFormatUnsupported, ImageUnreadable

__all__ = ["Format", "Picture", "read", "takes_heic"]

_READERS = {
    jpeg.SIGNATURE: jpeg.read,
    png.SIGNATURE: png.read,
    bmp.SIGNATURE: bmp.read,
}
# What is recognised to be named, and where its mark lies.
_OTHERS = (
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"%PDF", "PDF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"<svg", "SVG"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\0\0\0\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
)


def takes_heic() -> bool:
    """Whether the package that decodes HEIC is installed."""
    return find_spec("pillow_heif") is not None


def read(data: bytes) -> Picture:
    """Walk through a JPEG, PNG, WebP, BMP, AVIF or HEIC file.

    Costs milliseconds, whatever the file holds.

    Raises:
        faceplatform.errors.ImageUnreadable: it has no known format.
        faceplatform.errors.ImageFormatUnsupported: it has one that is not taken.
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageTooComplex: its structure would cost too much to decode.
    """
    for signature, reader in _READERS.items():
        if data.startswith(signature):
            return reader(data)
    if data.startswith(webp.SIGNATURE) and data.startswith(webp.KIND, 8):
        return webp.read(data)
    if data.startswith(isobmff.BOX, 4) and (kind := isobmff.format_of(data)):
        if kind is Format.HEIC and not takes_heic():
            raise ImageFormatUnsupported.named(kind)
        return isobmff.read(data, kind)
    for place, mark, name in _OTHERS:
        if data.startswith(mark, place):
            raise ImageFormatUnsupported.named(name)
    raise ImageUnreadable
