"""A picture before it is decoded: what its structure says, and what its decoder gets to see."""

from dataclasses import dataclass
from enum import StrEnum

# Of a pixel of what comes out.
_FRAME_BYTES = 3.0


class Format(StrEnum):
    """Formats that are taken."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WebP"
    BMP = "BMP"
    AVIF = "AVIF"
    HEIC = "HEIC"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture, walked through but not decoded.

    Attributes:
        parts: of the posted file, what the decoder gets: up to the picture's end, no metadata.
        width, height: in pixels as stored, before the orientation is applied.
        orientation: EXIF orientation, 1..8.
        is_animated: it has several frames; nothing else is known of it then.
        is_ended: False for a JPEG without its end marker, whose data may be all there.
        stored_bytes: of a pixel as its decoder leaves it.
        decoding_bytes: of a pixel, what the decoder holds beside that at whatever scale.
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
    def data(self) -> bytes:
        """The file for the decoder, made when it is asked for: who waits holds no second copy."""
        return b"".join(self.parts)

    @property
    def pixels(self) -> int:
        return self.width * self.height

    def memory(self, reduction: int = 1) -> int:
        """The most bytes that it takes at once to make a frame of it, the encoded ones aside.

        Args:
            reduction: the factor by which both sides are reduced while decoding.
        """
        area = reduction**2
        decoding = self.stored_bytes / area + self.decoding_bytes
        converting = (self.stored_bytes + _FRAME_BYTES) / area
        return round(self.pixels * max(decoding, converting))
