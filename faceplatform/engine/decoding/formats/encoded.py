"""An image before it is decoded: its structure, and the bytes that its decoder gets."""

from dataclasses import dataclass
from enum import StrEnum

# Bytes per pixel of the frame.
_FRAME_BYTES = 3.0


class Format(StrEnum):
    """The formats accepted."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    BMP = "BMP"
    AVIF = "AVIF"
    HEIC = "HEIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedImage:
    """An image whose structure was read; not decoded.

    Attributes:
        parts: the bytes that the decoder gets: up to the end of the image, without metadata.
        width, height: in pixels as stored, before the orientation is applied.
        orientation: EXIF orientation, 1..8.
        is_animated: the file has several frames; nothing else is known of it then.
        is_ended: False for a JPEG without its end marker; its data may still be complete.
        stored_bytes: bytes per pixel as the decoder stores it.
        decoding_bytes: bytes per pixel that the decoder holds in addition, at any scale.
    """

    format: Format
    parts: tuple[bytes | memoryview, ...]
    width: int
    height: int
    orientation: int = 1
    is_animated: bool = False
    is_ended: bool = True
    stored_bytes: float
    decoding_bytes: float = 0.0

    @property
    def decoder_input(self) -> bytes:
        """The file for the decoder. Joined on access, so a waiting thread holds no second copy."""
        return b"".join(self.parts)

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def memory(self, reduction: int = 1) -> int:
        """Return the peak memory of decoding to a frame, in bytes, without the encoded image.

        Args:
            reduction: the factor by which both sides are reduced while decoding.
        """
        area = reduction**2
        decoding = self.stored_bytes / area + self.decoding_bytes
        converting = (self.stored_bytes + _FRAME_BYTES) / area
        return round(self.pixels * max(decoding, converting))
