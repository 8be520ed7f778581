"""Logos: small images that clients send, decoded and written again: nothing else is served."""

from io import BytesIO

from PIL import Image

from faceplatform.engine.decoding.decode import decode_frame, digest_of, read
from faceplatform.engine.decoding.formats import Format
from faceplatform.errors import ImageFormatUnsupported

MAX_BYTES = 100_000
MAX_PIXELS = 1_000_000
_LEAST_SIDE = 16
_FORMATS = {Format.PNG, Format.JPEG, Format.WEBP}


def encoded(image: bytes) -> bytes:
    """Return a PNG of the pixels of an image, without any of its metadata.

    Raises:
        faceplatform.errors.ImageError: see `decode.read` and `decode.decode_frame`; also for a
            format other than PNG, JPEG and WebP.
    """
    parsed = read(image, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS, min_side=_LEAST_SIDE)
    if parsed.format not in _FORMATS:
        raise ImageFormatUnsupported("A logo is a PNG, a JPEG or a WebP image")
    frame = decode_frame(parsed, digest=digest_of(image))
    buffer = BytesIO()
    Image.fromarray(frame.pixels).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
