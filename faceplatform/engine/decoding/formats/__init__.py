"""Recognition of an image's format by its first bytes, and its structure. Decodes nothing."""

from importlib.util import find_spec

from faceplatform.engine.decoding.formats import bmp, isobmff, jpeg, png, webp
from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.errors import ImageFormatUnsupported, ImageUnreadable

__all__ = ["EncodedImage", "Format", "accepted", "read", "takes_heic"]

_READERS = {
    jpeg.SIGNATURE: jpeg.read,
    png.SIGNATURE: png.read,
    bmp.SIGNATURE: bmp.read,
}
# Formats recognised only to be named in the refusal, and the offset of their signature.
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
    """Return True if the package that decodes HEIC is installed."""
    return find_spec("pillow_heif") is not None


def accepted() -> list[str]:
    """Return the names of the formats that can be decoded here."""
    return [each.value for each in Format if each is not Format.HEIC or takes_heic()]


def read(image: bytes) -> EncodedImage:
    """Read the structure of a JPEG, PNG, WebP, BMP, AVIF or HEIC file.

    Takes milliseconds for any file.

    Raises:
        faceplatform.errors.ImageUnreadable: the format is not known.
        faceplatform.errors.ImageFormatUnsupported: the format is known but not accepted.
        faceplatform.errors.ImageTruncated: damaged or incomplete.
        faceplatform.errors.ImageTooComplex: its structure would cost too much to decode.
    """
    for signature, reader in _READERS.items():
        if image.startswith(signature):
            return reader(image)
    if image.startswith(webp.SIGNATURE) and image.startswith(webp.KIND, 8):
        return webp.read(image)
    if image.startswith(isobmff.BOX, 4) and (kind := isobmff.format_of(image)):
        if kind is Format.HEIC and not takes_heic():
            raise ImageFormatUnsupported.named(kind)
        return isobmff.read(image, kind)
    for place, mark, name in _OTHERS:
        if image.startswith(mark, place):
            raise ImageFormatUnsupported.named(name)
    raise ImageUnreadable
