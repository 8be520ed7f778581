"""JPEG (ISO/IEC 10918-1): segment by segment up to the end of the first picture.

The decoder gets the segments that hold pixels and no others. EXIF, profiles, previews, padding and
what lies behind the end (a phone appends the film of a motion photo) are never parsed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from faceplatform.engine.decoding.formats.orientation import orientation
from faceplatform.engine.decoding.formats.picture import Format, Picture
from faceplatform.errors import ImageTooComplex, ImageTruncated

SIGNATURE = b"\xff\xd8\xff"
END = b"\xff\xd9"

_START = SIGNATURE[:2]
# The next marker: not a stuffed byte of the data, a restart within it, or padding.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_PADDING, _LONG_PADDING = re.compile(rb"\xff{2,}"), b"\xff" * 8
_EOI, _SOS, _APP0, _APP1, _APP14, _COM, _DNL = 0xD9, 0xDA, 0xE0, 0xE1, 0xEE, 0xFE, 0xDC
_TABLES = {0xC4, 0xCC, 0xDB, 0xDD}  # DHT, DAC, DQT, DRI
_FRAMES = set(range(0xC0, 0xD0)) - _TABLES - {0xC8}
_PROGRESSIVE = {0xC2, 0xCA}
_OF_PIXELS = _FRAMES | _TABLES | {_SOS}
_KNOWN = _OF_PIXELS | {_COM, _DNL} | set(range(_APP0, 0xF0))
# These two say how the colours are meant.
_COLOURS = {_APP0: b"JFIF\0", _APP14: b"Adobe"}
_EXIF, _XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"

# A picture has some ten segments; one with large profiles or previews a few hundred.
_MAX_SEGMENTS = 2000
# A progressive JPEG has about ten scans, or up to twenty where its encoder looked for the smallest
# file. libjpeg walks over the whole picture for each, were it empty.
_MAX_SCANS = 100
# Samples of all scans together, each of which takes up to 3.5 ns. The ten scans that libjpeg writes
# of 25 megapixels have 200 million, or 350 million where colour has its full resolution.
_MAX_SAMPLES = 400_000_000


class _Segment(NamedTuple):
    """Where a segment lies, its marker excluded; a scan's includes its data."""

    marker: int
    start: int
    end: int


class _Scan(NamedTuple):
    """Which bits of which coefficients a scan holds."""

    components: bytes
    first: int
    last: int
    lowest_bit: int


@dataclass(frozen=True, slots=True)
class _Frame:
    """Of the frame header. ``shares``: how many samples each component has, for a pixel."""

    width: int
    height: int
    shares: dict[int, float]
    is_progressive: bool


def read(data: bytes) -> Picture:
    """The first picture of a JPEG file.

    Raises:
        faceplatform.errors.ImageTruncated: it is not built as a JPEG, or ends before its data.
        faceplatform.errors.ImageTooComplex: it has more segments or scans than any encoder writes.
    """
    segments = list(_few(_segments(data)))
    frame = _frame(data, segments)
    scans = [_scan(data, segment) for segment in segments if segment.marker == _SOS]
    if not scans:
        raise ImageTruncated
    samples = _require_few_samples(frame, scans)
    is_ended = segments[-1].marker == _EOI
    if not is_ended:
        _require_all_bits(frame, scans)
    several_passes = frame.is_progressive or len(scans) > 1
    return Picture(
        format=Format.JPEG,
        parts=_for_decoder(data, segments),
        width=frame.width,
        height=frame.height,
        orientation=orientation(
            exif=_metadata(data, segments, _EXIF), xmp=_metadata(data, segments, _XMP)
        ),
        is_ended=is_ended,
        stored_bytes=1.0 if len(frame.shares) == 1 else 4.0,
        # Then libjpeg holds all coefficients, of two bytes each.
        decoding_bytes=2 * samples if several_passes else 0.0,
    )


def _segments(data: bytes) -> Iterator[_Segment]:
    """Up to the end of the picture, or of the file where it lacks its end marker."""
    place = len(_START)
    while found := _MARKER.search(data, place):
        marker, start = data[found.end() - 1], found.end()
        if marker == _EOI:
            yield _Segment(marker, start, start)
            return
        place = start + int.from_bytes(data[start : start + 2])
        if marker not in _KNOWN or not start + 2 <= place <= len(data):
            raise ImageTruncated
        if marker == _SOS:
            following = _MARKER.search(data, place)
            place = following.start() if following else len(data)
        yield _Segment(marker, start, place)


def _few(segments: Iterator[_Segment]) -> Iterator[_Segment]:
    for number, segment in enumerate(segments):
        if number == _MAX_SEGMENTS:
            raise ImageTooComplex("The JPEG has more segments than any encoder writes")
        yield segment


def _frame(data: bytes, segments: Sequence[_Segment]) -> _Frame:
    """The one frame header."""
    found = [segment for segment in segments if segment.marker in _FRAMES]
    if len(found) != 1:
        raise ImageTruncated
    ((marker, start, end),) = found
    header, components = data[start + 2 : start + 8], data[start + 8 : end]
    if len(header) < 6 or len(components) != 3 * header[5] or not 1 <= header[5] <= 4:
        raise ImageTruncated
    samples = [(sampling >> 4) * (sampling & 15) for sampling in components[1::3]]
    if not all(samples):
        raise ImageTruncated
    full = max(s >> 4 for s in components[1::3]) * max(s & 15 for s in components[1::3])
    shares = {name: n / full for name, n in zip(components[::3], samples, strict=True)}
    height, width = int.from_bytes(header[1:3]), int.from_bytes(header[3:5])
    return _Frame(width, height, shares, is_progressive=marker in _PROGRESSIVE)


def _scan(data: bytes, segment: _Segment) -> _Scan:
    header = data[segment.start + 2 : segment.end]
    count = header[0] if header else 0
    if not 1 <= count <= 4 or len(header) < 2 * count + 4:
        raise ImageTruncated
    first, last, bits = header[2 * count + 1 : 2 * count + 4]
    return _Scan(header[1 : 2 * count + 1 : 2], first, last, bits & 15)


def _require_few_samples(frame: _Frame, scans: Sequence[_Scan]) -> float:
    """Returns the samples a pixel of one pass over all components."""
    passes = sum(frame.shares.get(name, 1.0) for scan in scans for name in scan.components)
    if len(scans) > _MAX_SCANS or passes * frame.width * frame.height > _MAX_SAMPLES:
        raise ImageTooComplex("The JPEG has more scans than a picture of its size may have")
    return sum(frame.shares.values())


def _require_all_bits(frame: _Frame, scans: Sequence[_Scan]) -> None:
    """Refuse a picture that was cut off between two scans: its last one looks complete."""
    last = 63 if frame.is_progressive else 0
    bits = {
        (name, place): scan.lowest_bit
        for scan in scans
        for name in scan.components
        for place in range(scan.first, min(scan.last, last) + 1)
    }
    if any(bits.get((name, place)) != 0 for name in frame.shares for place in range(last + 1)):
        raise ImageTruncated


def _metadata(data: bytes, segments: Sequence[_Segment], prefix: bytes) -> bytes:
    """The first segment of that kind, without its prefix; empty when there is none."""
    for marker, start, end in segments:
        if marker == _APP1 and data.startswith(prefix, start + 2):
            return data[start + 2 + len(prefix) : end]
    return b""


def _for_decoder(data: bytes, segments: Sequence[_Segment]) -> tuple[bytes | memoryview, ...]:
    """The picture alone; without its end marker where it had none."""
    view, parts = memoryview(data), list[bytes | memoryview]([_START])
    for marker, start, end in segments:
        colours = _COLOURS.get(marker)
        if marker in _OF_PIXELS or (colours and data.startswith(colours, start + 2)):
            padded = data.find(_LONG_PADDING, start, end) >= 0
            parts.append(_unpadded(data[start - 2 : end]) if padded else view[start - 2 : end])
    if segments[-1].marker == _EOI:
        return (*parts, END)
    # A part of the end marker that is there would be doubled.
    return (*parts[:-1], bytes(parts[-1]).rstrip(b"\xff"))


def _unpadded(segment: bytes) -> bytes:
    """Without runs of padding, which mean nothing, and which Pillow's reader is slow at."""
    return _PADDING.sub(b"\xff", segment)
