"""A still image or a video as images for the pipeline: distinguished by content, bounded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from faceplatform import errors, metering
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


@contextmanager
def images_of(data: bytes, *, charge: Callable[[int], None]) -> Iterator[list[bytes]]:
    """Give the block the images to measure, and count the decoding of a video.

    A still image is given as it is; of a video some frames, evenly spaced over its length, upright,
    as JPEG. Anything else is passed on as it is: the pipeline says what is wrong with it.

    However the block ends, a video counts as its frames that were measured, but as no fewer than
    the work of decoding it, and as one at least.

    Args:
        charge: counts so many further frames against the caller's limits, which have counted one
            for the call.

    Raises:
        faceplatform.errors.VideoError, faceplatform.errors.VideoDecodersBusy: the video counts as
            the error's `frames`.
        faceplatform.errors.EngineError: see `clip.decode`; nothing is counted.
    """
    if not is_video(data):
        yield [data]
        return
    try:
        decoded = clip.decode(data, BOUNDS)
    except (errors.VideoError, errors.VideoDecodersBusy) as e:
        _count(e.frames, 0, charge)
        raise
    before = metering.frames_counted()
    try:
        yield [frame.image for frame in decoded.frames]
    finally:
        measured = metering.frames_counted() - before
        _count(max(1, decoded.work, measured), measured, charge)


def _count(frames: int, measured: int, charge: Callable[[int], None]) -> None:
    """Count a video as so many frames, of which the usage has counted those that were measured, and
    the limits one."""
    metering.count_frames(frames - measured)
    if frames > 1:
        charge(frames - 1)


def is_video(data: bytes) -> bool:
    """Return True for MP4, MOV and 3GP, WebM and Matroska, and AVI, by the first bytes."""
    return clip.is_mp4_or_webm(data) or (data.startswith(b"RIFF") and data[8:12] == b"AVI ")
