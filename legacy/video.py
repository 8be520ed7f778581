"""A still picture or a video as pictures for the pipeline: told apart by content, bounded.

A video is decoded by a process of its own (`legacy.video_decoder`): hostile or merely huge files
cost at most its time and memory, and a crash of a codec is an answer, not the end of the server.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

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

_ROOT = Path(__file__).resolve().parent.parent
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
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


_ERRORS: dict[Status, type[FaceplatformError]] = {
    Status.UNREADABLE: VideoUnusable,
    Status.TOO_LONG: VideoTooLong,
    Status.TOO_MANY_PIXELS: VideoTooLarge,
}


def pictures_of(data: bytes) -> list[bytes]:
    """A still picture as it is; of a video some frames, evenly spaced, as JPEG.

    What is neither is passed on: the pipeline says what is wrong with it.

    Raises:
        VideoUnusable, VideoTooLong, VideoTooLarge
        faceplatform.errors.EngineError: this process has no video decoder.
    """
    return sample_frames(data) if is_video(data) else [data]


def is_video(data: bytes) -> bool:
    """By the first bytes: MP4, MOV and 3GP; WebM and Matroska; AVI."""
    return (
        data[4:8] in _MP4_BOXES
        or data.startswith(_MATROSKA)
        or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")
    )


def sample_frames(data: bytes, bounds: Bounds = BOUNDS) -> list[bytes]:
    """Frames of a video, evenly spaced over its length, upright, as JPEG.

    Raises: as `pictures_of`.
    """
    if len(data) > MAX_BYTES:
        raise VideoTooLarge(f"The video has {len(data)} bytes; the limit is {MAX_BYTES}")
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


def _decode(folder: Path, bounds: Bounds) -> Status:
    """Run the decoder on ``folder/video``; its pictures come to lie beside it."""
    command = [sys.executable, "-m", "legacy.video_decoder", str(folder), bounds.as_json()]
    try:
        run = subprocess.run(  # noqa: S603  (our own module, no shell)
            command,
            cwd=_ROOT,
            # Nothing of ours: no keys, and no way for the decoder to reach anything but the file.
            env={"OPENCV_FFMPEG_CAPTURE_OPTIONS": "protocol_whitelist;file"},
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
