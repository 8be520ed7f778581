"""A still image or a video as images for the pipeline: distinguished by content, bounded.

A video is decoded by a separate process (`legacy.video_decoder`): hostile or merely huge files
cost at most its time and memory, and a crash of a codec is an answer, not the end of the server.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import BoundedSemaphore

from faceplatform.errors import EngineError, FaceplatformError
from legacy.video_decoder import Bounds, Status

BOUNDS = Bounds(
    samples=8,
    max_seconds=30.0,
    max_frames=1800,
    max_pixels=4096 * 2304,
    memory_bytes=4 * 1024**3,
    cpu_seconds=20,
)
MAX_BYTES = 15 * 1024 * 1024
WALL_SECONDS = 25.0

# As many at a time as there are cores: more would only slow each other down.
_slots = BoundedSemaphore(os.cpu_count() or 1)
_WAIT_SECONDS = 10.0
# Variables that an interpreter in an unusual place needs to start.
_INHERITED = ("PATH", "LD_LIBRARY_PATH")
_ROOT = Path(__file__).resolve().parent.parent
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
# Still images in the same boxes: HEIC and AVIF.
_STILL_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif")
_MATROSKA = b"\x1a\x45\xdf\xa3"


class VideoUnusable(FaceplatformError):
    code = "video_unreadable"
    status = 400
    title = "The video cannot be decoded"


class VideoTooLong(FaceplatformError):
    code = "video_too_long"
    status = 400
    title = "The video is too long"


class VideoTooLarge(FaceplatformError):
    code = "video_too_large"
    status = 413
    title = "The video has too many bytes or pixels"


class DecodersBusy(FaceplatformError):
    code = "video_decoders_busy"
    status = 503
    title = "Too many videos are being decoded at the moment"


_ERRORS: dict[Status, type[FaceplatformError]] = {
    Status.UNREADABLE: VideoUnusable,
    Status.TOO_LONG: VideoTooLong,
    Status.TOO_MANY_PIXELS: VideoTooLarge,
}


def images_of(data: bytes) -> list[bytes]:
    """Return a still image as it is; of a video some frames, evenly spaced, as JPEG.

    Anything else is passed on as it is: the pipeline says what is wrong with it.

    Raises:
        VideoUnusable, VideoTooLong, VideoTooLarge, DecodersBusy
        faceplatform.errors.EngineError: this process has no video decoder.
    """
    return sample_frames(data) if is_video(data) else [data]


def is_video(data: bytes) -> bool:
    """Return True for MP4, MOV and 3GP, WebM and Matroska, and AVI, by the first bytes."""
    is_still = data[4:8] == b"ftyp" and data[8:12] in _STILL_BRANDS
    return (
        (data[4:8] in _MP4_BOXES and not is_still)
        or data.startswith(_MATROSKA)
        or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")
    )


def sample_frames(data: bytes, bounds: Bounds = BOUNDS) -> list[bytes]:
    """Return frames of a video, evenly spaced over its length, upright, as JPEG.

    Raises: as `images_of`.
    """
    if len(data) > MAX_BYTES:
        raise VideoTooLarge(f"The video has {len(data)} bytes; the limit is {MAX_BYTES}")
    if not _slots.acquire(timeout=_WAIT_SECONDS):
        raise DecodersBusy(retry_after=5)
    try:
        return _sample(data, bounds)
    finally:
        _slots.release()


def _sample(data: bytes, bounds: Bounds) -> list[bytes]:
    with tempfile.TemporaryDirectory(prefix="faceplatform-video-") as folder:
        video = Path(folder) / "video"
        video.touch(mode=0o600)
        video.write_bytes(data)
        status = _decode(Path(folder), bounds)
        if status is Status.NO_DECODER:
            raise EngineError("OpenCV is not installed here")
        if status is not Status.DECODED:
            raise _ERRORS[status]()
        return [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]


def _environment() -> dict[str, str]:
    """Return the decoder's variables: no keys of ours, no protocol but files, few threads."""
    return {
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file",
        "OPENCV_FFMPEG_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }


def _decode(folder: Path, bounds: Bounds) -> Status:
    """Run the decoder on ``folder/video``, which writes images into the folder."""
    command = [sys.executable, "-m", "legacy.video_decoder", str(folder), bounds.as_json()]
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
        return Status.TOO_LONG
    if run.returncode != 0:  # killed by a limit, or by a fault of the codec
        return Status.UNREADABLE
    return Status(json.loads(run.stdout.splitlines()[-1])["status"])
