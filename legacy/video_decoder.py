"""The process that decodes one video: ``python -m legacy.video_decoder FOLDER BOUNDS``.

Reads ``FOLDER/video``, writes evenly spaced frames into the folder as JPEG, and prints one JSON
object with its status. Does not import Django.
"""

import json
import resource
import sys
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

_JPEG_QUALITY = 95


class Status(StrEnum):
    DECODED = "decoded"
    UNREADABLE = "unreadable"
    TOO_LONG = "too_long"
    TOO_MANY_PIXELS = "too_many_pixels"
    NO_DECODER = "no_decoder"


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that a video may cost.

    Attributes:
        samples: frames to take out of it, at most.
        max_frames: a longer video is refused, whatever its header says.
        max_pixels: of one frame.
        memory_bytes: address space of the process.
    """

    samples: int
    max_seconds: float
    max_frames: int
    max_pixels: int
    memory_bytes: int
    cpu_seconds: int

    def as_json(self) -> str:
        return json.dumps(asdict(self))


def main(folder: Path, bounds: Bounds) -> Status:
    resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (bounds.cpu_seconds, bounds.cpu_seconds))
    try:
        import cv2
    except ImportError:
        return Status.NO_DECODER
    cv2.setNumThreads(1)
    video = str(folder / "video")
    frames, status = _count(cv2, video, bounds)
    if status is not Status.DECODED:
        return status
    wanted = _evenly(frames, bounds.samples)
    return _write(cv2, video, folder, wanted)


def _open(cv2: Any, video: str) -> Any:
    """Open with FFmpeg only: other back ends take a name for an address or a sequence of files."""
    return cv2.VideoCapture(video, cv2.CAP_FFMPEG)


def _count(cv2: Any, video: str, bounds: Bounds) -> tuple[int, Status]:
    """Return the real number of frames: the header's may be wrong or missing."""
    capture = _open(cv2, video)
    if not capture.isOpened():
        return 0, Status.UNREADABLE
    width, height = capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)
    if width * height > bounds.max_pixels:
        return 0, Status.TOO_MANY_PIXELS
    frames = 0
    while capture.grab():
        frames += 1
        seconds = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if frames > bounds.max_frames or seconds > bounds.max_seconds:
            return frames, Status.TOO_LONG
    return frames, Status.DECODED if frames else Status.UNREADABLE


def _evenly(frames: int, samples: int) -> set[int]:
    """Return the middles of equal parts: not the fade-in, nor the hand on the button at the end."""
    parts = min(frames, samples)
    return {(2 * part + 1) * frames // (2 * parts) for part in range(parts)}


def _write(cv2: Any, video: str, folder: Path, wanted: set[int]) -> Status:
    capture = _open(cv2, video)
    for number in range(max(wanted) + 1):
        if not capture.grab():
            return Status.UNREADABLE
        if number in wanted:
            read, pixels = capture.retrieve()
            if not read:
                return Status.UNREADABLE
            target = str(folder / f"{number:06}.jpg")
            cv2.imwrite(target, pixels, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return Status.DECODED


if __name__ == "__main__":
    status = main(Path(sys.argv[1]), Bounds(**json.loads(sys.argv[2])))
    sys.stdout.write(json.dumps({"status": status}) + "\n")
