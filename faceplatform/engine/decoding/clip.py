"""A video clip as images with times, for the line that every frame takes; bounded.

A clip is decoded by a separate process (`clip_process`): hostile or merely huge files cost at most
its time and memory, and a crash of a codec is an answer, not the end of the server.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore
from typing import NamedTuple

from faceplatform import errors
from faceplatform.engine.decoding.clip_process import Bounds, Report, Status

MAX_BYTES = 15 * 1024 * 1024
WALL_SECONDS = 25.0

# At a time, in each process: more would only slow each other down, and a decoder of large pictures
# takes some hundred megabytes.
_SLOTS = 2
_slots = BoundedSemaphore(_SLOTS)
_WAIT_SECONDS = 10.0
_BUSY_SECONDS = 5
# Decoding counts as a frame for each of these, of processor time.
_SECONDS_OF_A_FRAME = 0.5
# Variables that an interpreter in an unusual place needs to start.
_INHERITED = ("PATH", "LD_LIBRARY_PATH")
# Only readers of files: no addresses, and of containers none that names other files, as playlists
# do. (FFmpeg's names; a reader has several.)
_READERS = "protocol_whitelist;file|format_whitelist;mov,matroska,webm,avi"
_ROOT = Path(__file__).resolve().parents[3]
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
# Still images in the same boxes: HEIC and AVIF.
_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif")
_MATROSKA = b"\x1a\x45\xdf\xa3"


class ClipFrame(NamedTuple):
    """A frame of a clip.

    Attributes:
        image: as JPEG, upright.
        seconds: from the clip's first frame.
        before_end: seconds from this frame to the clip's last one.
    """

    image: bytes
    seconds: float
    before_end: float


class DecodedClip(NamedTuple):
    """A clip that was decoded.

    Attributes:
        frames: those that the bounds choose, in order; at least one.
        work: the number of frames that decoding it counts as.
    """

    frames: list[ClipFrame]
    work: int


_ERRORS: dict[Status, type[errors.VideoError]] = {
    Status.UNREADABLE: errors.VideoUnreadable,
    Status.TOO_LONG: errors.VideoTooLong,
    Status.TOO_MANY_PIXELS: errors.VideoTooLarge,
}


def is_mp4_or_webm(data: bytes) -> bool:
    """Return True for MP4, MOV and 3GP, WebM and Matroska, by the first bytes."""
    is_still = data[4:8] == b"ftyp" and data[8:12] in _STILL_BRANDS
    return (data[4:8] in _MP4_BOXES and not is_still) or data.startswith(_MATROSKA)


def decode(data: bytes, bounds: Bounds) -> DecodedClip:
    """Return the frames that the bounds choose.

    Raises:
        faceplatform.errors.VideoUnreadable, faceplatform.errors.VideoTooLong,
        faceplatform.errors.VideoTooLarge, faceplatform.errors.VideoDecodersBusy
        faceplatform.errors.EngineError: this process has no video decoder.
    """
    if len(data) > MAX_BYTES:
        raise errors.VideoTooLarge(f"The video has {len(data)} bytes; the limit is {MAX_BYTES}")
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise errors.VideoDecodersBusy(retry_after=_BUSY_SECONDS)
    try:
        return _decode(data, bounds)
    finally:
        _slots.release()


def _decode(data: bytes, bounds: Bounds) -> DecodedClip:
    with tempfile.TemporaryDirectory(prefix="faceplatform-video-") as folder:
        video = Path(folder) / "video"
        video.touch(mode=0o600)
        video.write_bytes(data)
        report = _run(Path(folder), bounds)
        if report.status is Status.NO_DECODER:
            raise errors.EngineError("OpenCV is not installed here")
        work = int(report.cpu_seconds / _SECONDS_OF_A_FRAME)
        if report.status is Status.NO_ROOM:
            raise errors.VideoDecodersBusy(retry_after=_BUSY_SECONDS, frames=work)
        if report.status is not Status.DECODED:
            raise _ERRORS[report.status](frames=1 + work)
        images = [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]
        frames = [
            ClipFrame(image, seconds, report.length - seconds)
            for image, seconds in zip(images, report.times, strict=True)
        ]
        return DecodedClip(frames, work)


def _environment() -> dict[str, str]:
    """Return the decoder's variables: no keys of ours, no protocol but files, few threads."""
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "OPENCV_FFMPEG_CAPTURE_OPTIONS": _READERS,
        "OPENCV_FFMPEG_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _run(folder: Path, bounds: Bounds) -> Report:
    """Run the decoder on ``folder/video``, which writes images into the folder."""
    command = [
        sys.executable,
        "-m",
        "faceplatform.engine.decoding.clip_process",
        str(folder),
        bounds.as_json(),
    ]
    try:
        run = subprocess.run(  # noqa: S603  (our own module, no shell)
            command,
            cwd=_ROOT,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Report(Status.TOO_LONG, cpu_seconds=bounds.cpu_seconds)
    if run.returncode != 0:  # killed by a limit or by a fault of the codec, at an unknown time
        return Report(Status.UNREADABLE, cpu_seconds=bounds.cpu_seconds)
    return Report.from_json(run.stdout.splitlines()[-1])
