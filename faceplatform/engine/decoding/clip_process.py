"""Decoder of one video clip: ``python -m faceplatform.engine.decoding.clip_process FOLDER BOUNDS``.

Reads ``FOLDER/video``, writes chosen frames into the folder as JPEG, and prints one JSON object
with the status and the times of these frames. Does not import Django.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from math import isfinite
from pathlib import Path
from time import process_time
from typing import Any

_JPEG_QUALITY = 95
# Frames are written no larger: a face needs a fraction of that, and the folder may lie in memory.
_MOST_SIDE = 1920
# Nobody who posts single frames waits for somebody's clip.
_NICENESS = 5


class Status(StrEnum):
    DECODED = "decoded"
    UNREADABLE = "unreadable"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_DECODER = "no_decoder"
    NO_ROOM = "no_room"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The frames to choose, and the most that a clip may cost.

    Attributes:
        samples: frames to choose, at most.
        pace: chosen frames a second, in order from the first; None to spread them evenly over the
            whole length, for which the clip is decoded twice.
        max_frames: a longer clip is refused, whatever its header says.
        max_pixels: of one frame.
        max_side: the most pixels of its width or height.
        max_decoded_pixels: of all frames together, each time that they are decoded.
        memory_bytes: address space of the process.
    """

    samples: int
    pace: float | None
    max_seconds: float
    max_frames: int
    max_pixels: int
    max_side: int
    max_decoded_pixels: int
    memory_bytes: int
    cpu_seconds: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome.

    Attributes:
        times: seconds from the clip's first frame to each that was written.
        length: seconds from the clip's first frame to its last one.
        cpu_seconds: processor time of decoding, of all threads. The pixels of the frames would not
            tell it: those that an edit list leaves out are decoded, too.
    """

    status: Status
    times: tuple[float, ...] = ()
    length: float = 0.0
    cpu_seconds: float = 0.0

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: bytes) -> "Report":
        members = json.loads(text)
        return cls(
            Status(members["status"]),
            tuple(members["times"]),
            members["length"],
            members["cpu_seconds"],
        )


class _Refused(Exception):
    """The clip is unusable, or exceeds its bounds."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


def main(folder: Path, bounds: Bounds) -> Report:
    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds))
    try:
        import cv2
    except ImportError:
        return Report(Status.NO_DECODER)
    cv2.setNumThreads(1)
    begun = process_time()
    clip = _Clip(cv2, str(folder / "video"), bounds)
    status, times = Status.DECODED, tuple[float, ...]()
    try:
        times = tuple(_written(cv2, clip, folder, bounds))
    except _Refused as e:
        status = e.status
    except (cv2.error, MemoryError):
        status = Status.UNREADABLE
    return Report(status, times, clip.length, process_time() - begun)


class _Clip:
    """A video file that can be read from its begin, several times.

    Attributes:
        length: seconds from the first frame to the last one that was read.
    """

    def __init__(self, cv2: Any, path: str, bounds: Bounds) -> None:
        self._cv2, self._path, self._bounds = cv2, path, bounds
        self.length = 0.0

    def frames(self) -> Iterator[tuple[Any, float]]:
        """Yield, for each frame, a capture that can retrieve it, and its seconds from the first.

        Counts the frames: a header's number may be wrong or missing.

        Raises:
            _Refused
        """
        cv2, bounds = self._cv2, self._bounds
        # With FFmpeg only: other back ends take a name for an address or a sequence of files.
        capture = cv2.VideoCapture(self._path, cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise _Refused(Status.UNREADABLE)
        self._size_of(capture)
        first, latest, number, pixels = 0.0, 0.0, 0, 0
        while capture.grab():
            number += 1
            pixels += self._size_of(capture)
            if pixels > bounds.max_decoded_pixels:
                raise _Refused(Status.TOO_MANY_PIXELS)
            seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            if number == 1:
                first = latest = seconds
            if not isfinite(seconds) or seconds < latest:
                raise _Refused(Status.UNREADABLE)
            latest = seconds
            self.length = seconds - first
            if number > bounds.max_frames or self.length > bounds.max_seconds:
                raise _Refused(Status.TOO_LONG)
            yield capture, self.length
        if not number:
            raise _Refused(Status.UNREADABLE)

    def _size_of(self, capture: Any) -> int:
        """Return the pixels of a frame of the size that is declared now; refuse too large ones."""
        cv2, bounds = self._cv2, self._bounds
        width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        if width * height > bounds.max_pixels or max(width, height) > bounds.max_side:
            raise _Refused(Status.TOO_MANY_PIXELS)
        return width * height


def _written(cv2: Any, clip: _Clip, folder: Path, bounds: Bounds) -> Iterator[float]:
    """Write the chosen frames, numbered in order; yield their times."""
    for number, (capture, seconds) in enumerate(_chosen(clip, bounds)):
        read, pixels = capture.retrieve()
        if not read:
            raise _Refused(Status.UNREADABLE)
        if pixels.shape[0] * pixels.shape[1] > bounds.max_pixels:  # its header lied
            raise _Refused(Status.TOO_MANY_PIXELS)
        target = str(folder / f"{number:06}.jpg")
        options = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
        if not cv2.imwrite(target, _reduced(cv2, pixels), options):
            raise _Refused(Status.NO_ROOM)
        yield seconds


def _reduced(cv2: Any, pixels: Any) -> Any:
    height, width = pixels.shape[:2]
    scale = _MOST_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _chosen(clip: _Clip, bounds: Bounds) -> Iterator[tuple[Any, float]]:
    if bounds.pace is not None:
        return _paced(clip.frames(), bounds.pace, bounds.samples)
    wanted = _evenly(sum(1 for _ in clip.frames()), bounds.samples)
    return (frame for number, frame in enumerate(clip.frames()) if number in wanted)


def _paced(
    frames: Iterator[tuple[Any, float]], pace: float, samples: int
) -> Iterator[tuple[Any, float]]:
    """Yield the first frame, and each that follows by at least 1 / pace seconds.

    The clip is read to its end, so one that exceeds its bounds there is refused as a whole.
    """
    due, taken = 0.0, 0
    for capture, seconds in frames:
        # Clips of 10, 15 or 30 frames a second round their times to a millisecond.
        if seconds >= due - 1e-3 and taken < samples:
            due, taken = seconds + 1 / pace, taken + 1
            yield capture, seconds


def _evenly(frames: int, samples: int) -> set[int]:
    """Return the middles of equal parts: not the fade-in, nor the hand on the button at the end."""
    parts = min(frames, samples)
    return {(2 * part + 1) * frames // (2 * parts) for part in range(parts)}


if __name__ == "__main__":
    report = main(Path(sys.argv[1]), Bounds(**json.loads(sys.argv[2])))
    sys.stdout.write(report.as_json() + "\n")
