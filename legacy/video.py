"""A still image or a video as images for the pipeline: distinguished by content, bounded."""

from faceplatform.engine.decoding import clip
from faceplatform.engine.decoding.clip_process import Bounds

BOUNDS = Bounds(
    samples=8,
    pace=None,
    max_seconds=30.0,
    max_frames=1800,
    max_pixels=4096 * 2304,
    max_side=4096,
    max_decoded_pixels=2_650_000_000,  # half a minute of 1920 x 1080, 30 a second, and more
    memory_bytes=4 * 1024**3,
    cpu_seconds=20,
)


def images_of(data: bytes) -> list[bytes]:
    """Return a still image as it is; of a video some frames, evenly spaced, as JPEG.

    Anything else is passed on as it is: the pipeline says what is wrong with it.

    Raises:
        faceplatform.errors.VideoError, faceplatform.errors.VideoDecodersBusy,
        faceplatform.errors.EngineError: see `clip.decode`.
    """
    return sample_frames(data) if is_video(data) else [data]


def is_video(data: bytes) -> bool:
    """Return True for MP4, MOV and 3GP, WebM and Matroska, and AVI, by the first bytes."""
    return clip.is_mp4_or_webm(data) or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")


def sample_frames(data: bytes, bounds: Bounds = BOUNDS) -> list[bytes]:
    """Return frames of a video, evenly spaced over its length, upright, as JPEG.

    Raises: as `images_of`.
    """
    return [frame.image for frame in clip.decode(data, bounds).frames]
