"""JPEG (ISO/IEC 10918-1): segment by segment up to the end of the first image.

The decoder gets only the segments that hold pixels. EXIF, profiles, previews, padding and anything
after the end (phones append the film of a motion photo) are never parsed.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from faceplatform.engine.decoding.formats.encoded import EncodedImage, Format
from faceplatform.engine.decoding.formats.orientation import orientation
from faceplatform.errors import ImageTooComplex, ImageTruncated

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"

_START = SIGNATURE[:2]
# The next marker: not a stuffed byte, a restart within the data, or padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PADDING, _LONG_PADDING = re.compile(rb"\xff{2,}"), b"\xff" * 8
_EOI, _SOS, _APP0, _APP1, _APP14, _COM, _DNL = 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE, 0xDC
_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}  # DHT, DAC, DQT, DRI
_FRAMES = set(range(0xC0, 0xD0)) - _TABLES - {0xC8}
_BLOCK = 8  # pixels
_PROGRESSIVE = {0xC2, 0xCA}
_OF_PIXELS = _FRAMES | _TABLES | {_SOS}
_KNOWN = _OF_PIXELS | {_COM, _DNL} | set(range(_APP0, 0xF0))
# These two define the colour space.
_COLOURS = {_APP0: b"JFIF\0", _APP14: b"Adobe"}
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"

# An image has about ten segments; with large profiles or previews, a few hundred.
_MAX_SEGMENTS = 2000
# A progressive JPEG has about ten scans, or up to twenty if its encoder minimized the file size.
# libjpeg walks over the entire image for each scan, even an empty one.
_MAX_SCANS = 100
# Samples of all scans together, at up to 3.5 ns each. The ten scans that libjpeg writes for 25
# megapixels have 200 million, or 350 million with colour at full resolution.
_MAX_SAMPLES = 400_000_000


class _Segment(NamedTuple):
    """The position of a segment without its marker; that of a scan includes its data."""

    marker: int
    start: int
    end: int


class _Scan(NamedTuple):
    """The coefficients that a scan holds, and their lowest bit."""

    components: bytes
    first: int
    last: int
    lowest_bit: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """The frame header. ``shares``: samples per pixel of each component."""

    width: int
    height: int
    shares: dict[int, float]
    is_progressive: bool


def read(image: bytes) -> EncodedImage:
    """Read the structure of the first image in a JPEG file.

    Raises:
        faceplatform.errors.ImageTruncated: the file is malformed, or ends before its data does.
        faceplatform.errors.ImageTooComplex: the file has more segments or scans than any encoder
            writes.
    """
    segments = list(_few(_segments(image)))
    frame = _frame(image, segments)
    scans = [_scan(image, segment) for segment in segments if segment.marker == _SOS]
    if not scans:
        raise ImageTruncated
    _require_few_samples(frame, scans)
    is_ended = segments[-1].marker == _EOI
    if not is_ended:
        _require_all_bits(frame, scans)
    several_passes = frame.is_progressive or len(scans) > 1
    return EncodedImage(
        format=Format.JPEG,
        parts=_for_decoder(image, segments),
        width=frame.width,
        height=frame.height,
        orientation=orientation(
            exif=_metadata(image, segments, _EXIF), xmp=_metadata(image, segments, _XMP)
        ),
        is_ended=is_ended,
        stored_bytes=1.0 if len(frame.shares) == 1 else 4.0,
        # libjpeg then holds all coefficients, two bytes each.
        decoding_bytes=2 * sum(frame.shares.values()) if several_passes else 0.0,
    )


def has_several_passes(encoded: EncodedImage) -> bool:
    """Return True for a JPEG whose decoder goes over all pixels more than once."""
    return encoded.decoding_bytes > 0


def in_whole_blocks(encoded: EncodedImage) -> EncodedImage:
    """Return the JPEG with sides that are multiples of 8: the same blocks, shown to their edges."""
    width, height = (-(-side // _BLOCK) * _BLOCK for side in (encoded.width, encoded.height))
    parts = tuple(
        bytes(part[:5]) + struct.pack(">HH", height, width) + bytes(part[9:])
        if part[1] in _FRAMES
        else part
        for part in encoded.parts
    )
    return replace(encoded, parts=parts, width=width, height=height)


def _segments(image: bytes) -> Iterator[_Segment]:
    """Yield segments up to the end marker, or to the end of a file that lacks it."""
    place = len(_START)
    while found := _MARKER.search(image, place):
        marker, start = image[found.end() - 1], found.end()
        if marker == _EOI:
            yield _Segment(marker, start, start)
            return
        place = start + int.from_bytes(image[start : start + 2])
        if marker not in _KNOWN or not start + 2 <= place <= len(image):
            raise ImageTruncated
        if marker == _SOS:
            following = _MARKER.search(image, place)
            place = following.start() if following else len(image)
        yield _Segment(marker, start, place)


def _few(segments: Iterator[_Segment]) -> Iterator[_Segment]:
    for number, segment in enumerate(segments):
        if number == _MAX_SEGMENTS:
            raise ImageTooComplex("The JPEG has more segments than any encoder writes")
        yield segment


def _frame(image: bytes, segments: Sequence[_Segment]) -> _Frame:
    """Return the only frame header."""
    found = [segment for segment in segments if segment.marker in _FRAMES]
    if len(found) != 1:
        raise ImageTruncated
    ((marker, start, end),) = found
    header, components = image[start + 2 : start + 8], image[start + 8 : end]
    if len(header) < 6 or len(components) != 3 * header[5] or not 1 <= header[5] <= 4:
        raise ImageTruncated
    samples = [(sampling >> 4) * (sampling & 15) for sampling in components[1::3]]
    if not all(samples):
        raise ImageTruncated
    full = max(s >> 4 for s in components[1::3]) * max(s & 15 for s in components[1::3])
    shares = {name: n / full for name, n in zip(components[::3], samples, strict=True)}
    height, width = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
    return _Frame(width, height, shares, is_progressive=marker in _PROGRESSIVE)


def _scan(image: bytes, segment: _Segment) -> _Scan:
    header = image[segment.start + 2 : segment.end]
    count = header[0] if header else 0
    if not 1 <= count <= 4 or len(header) < 2 * count + 4:
        raise ImageTruncated
    first, last, bits = header[2 * count + 1 : 2 * count + 4]
    return _Scan(header[1 : 2 * count + 1 : 2], first, last, bits & 15)


def _require_few_samples(frame: _Frame, scans: Sequence[_Scan]) -> None:
    """Refuse scans that would take long to decode."""
    passes = sum(frame.shares.get(name, 1.0) for scan in scans for name in scan.components)
    if len(scans) > _MAX_SCANS or passes * frame.width * frame.height > _MAX_SAMPLES:
        raise ImageTooComplex("The JPEG has more scans than a picture of its size may have")


def _require_all_bits(frame: _Frame, scans: Sequence[_Scan]) -> None:
    """Refuse an image that was cut off between two scans, where the last one looks complete."""
    last = 63 if frame.is_progressive else 0
    bits = {
        (name, place): scan.lowest_bit
        for scan in scans
        for name in scan.components
        for place in range(scan.first, min(scan.last, last) + 1)
    }
    if any(bits.get((name, place)) != 0 for name in frame.shares for place in range(last + 1)):
        raise ImageTruncated


def _metadata(image: bytes, segments: Sequence[_Segment], prefix: bytes) -> bytes:
    """Return what follows the prefix in the first APP1 segment that has it; empty if none has."""
    for marker, start, end in segments:
        if marker == _APP1 and image.startswith(prefix, start + 2):
            return image[start + 2 + len(prefix) : end]
    return b""


def _for_decoder(image: bytes, segments: Sequence[_Segment]) -> tuple[bytes | memoryview, ...]:
    """Return the parts that hold pixels. The end marker is added only if the file had it."""
    view, parts = memoryview(image), list[bytes | memoryview]([_START])
    for marker, start, end in segments:
        colours = _COLOURS.get(marker)
        if marker in _OF_PIXELS or (colours and image.startswith(colours, start + 2)):
            padded = image.find(_LONG_PADDING, start, end) >= 0
            parts.append(_unpadded(image[start - 2 : end]) if padded else view[start - 2 : end])
    if segments[-1].marker == _EOI:
        return (*parts, END)
    # Drop the first half of a cut end marker, which would be doubled.
    return (*parts[:-1], bytes(parts[-1]).rstrip(b"\xff"))


def _unpadded(segment: bytes) -> bytes:
    """Collapse runs of padding, which mean nothing and slow down Pillow's reader."""
    return _PADDING.sub(b"\xff", segment)
