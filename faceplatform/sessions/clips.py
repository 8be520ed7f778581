"""A video clip, whose frames take the same line as single ones, one after the other."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic

from faceplatform import errors, metering
from faceplatform.engine.decoding import clip
from faceplatform.engine.decoding.clip_process import Bounds
from faceplatform.sessions import challenges, clock
from faceplatform.sessions.clock import Arrival
from faceplatform.sessions.following import FrameStream
from faceplatform.sessions.locking import require_open
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import CaptureSession
from faceplatform.sessions.pipeline import (
    FrameResult,
    count_decoding,
    count_unusable,
    engine_of_frame,
    process_frame,
)
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.tenant import Tenant
from faceplatform.turns import claimed

# Five frames a second show every expression of a face and each turn of a head; more would fill the
# session's limit on frames with images that hardly differ.
MOST_SECONDS = 10
PACE = 5
BOUNDS = Bounds(
    samples=PACE * MOST_SECONDS + 1,
    pace=PACE,
    # Cameras that are told to stop after ten seconds stop a little later.
    max_seconds=MOST_SECONDS + 0.5,
    max_frames=60 * MOST_SECONDS + 30,
    max_pixels=4096 * 2304,
    max_side=4096,
    # Ten seconds of a phone that films 3840 x 2160 pixels 30 times a second.
    max_decoded_pixels=2_650_000_000,
    memory_bytes=2 * 1024**3,
    cpu_seconds=15,
)
# A blink takes a fifth of a second.
_PACE_OF_GESTURES = 10
# No frame is begun later, so that the answer comes before a proxy gives the call up.
_MEASURING_SECONDS = 20.0
TIME_IS_UP = "time_limit"
# Longer than a clip waits for a decoder and is decoded.
_CLAIM_SECONDS = 60
_BUSY_SECONDS = 5
THROTTLED = "throttled"


@dataclass(slots=True)
class ClipResult:
    """The outcome of a clip.

    Attributes:
        last: the outcome of the last frame that was taken.
        chosen: frames chosen from the clip.
        taken: frames of these that were measured.
        seconds: from the clip's first frame to the last one that was taken.
        reasons: number of taken frames by their reason.
        stopped: the code of the cause why frames were left out though the session is open, or "".
    """

    last: FrameResult
    chosen: int
    taken: int = 0
    seconds: float = 0.0
    reasons: Counter[Reason] = field(default_factory=Counter)
    stopped: str = ""

    def add(self, result: FrameResult, seconds: float) -> None:
        """Count another frame."""
        self.last, self.taken, self.seconds = result, self.taken + 1, seconds
        self.reasons[result.step.reason] += 1


def process_clip(
    *,
    client: Tenant,
    token: str,
    video: bytes,
    address: str = "",
    may_go_on: Callable[[], bool],
    charge: Callable[[int], None],
) -> ClipResult:
    """Take the frames of a clip into a session of the client, until it ends.

    A clip counts as its frames that were taken, but as no fewer than the work of decoding it.

    Args:
        address: see `process_frame`.
        may_go_on: counts a frame against the caller's limits; called before each but the first,
            which the call itself counted. False leaves the rest out.
        charge: counts so many further frames against these limits, for decoding.

    Raises:
        faceplatform.errors.VideoError, faceplatform.errors.VideoDecodersBusy: the clip counts as
            the error's `frames`.
        faceplatform.errors.EngineError: no frame was measured. If the clip was decoded, it counts
            as the work of that, and as one frame at least.
        Others: see `process_frame`.
    """
    came_in = clock.now()
    kind, session = find(client=client, token=token)
    # No video is decoded for nobody, nor for a session that takes no frame.
    require_open(session)
    engine_of_frame(kind, session, at=came_in)
    try:
        decoded = _decoded(session, video)
    except (errors.VideoError, errors.VideoDecodersBusy) as e:
        _count_unmeasured(kind, session, e, e.frames, charge)
        raise
    deadline = monotonic() + _MEASURING_SECONDS
    result: ClipResult | None = None
    stream = FrameStream()
    for frame in decoded.frames:
        work_left = decoded.work - (result.taken if result else 0)
        if result is not None and (stopped := _hindrance(deadline, may_go_on)):
            result.stopped = stopped
            break
        try:
            taken = process_frame(
                client=client,
                token=token,
                image=frame.image,
                address=address,
                arrival=Arrival(came_in, age=frame.before_end),
                stream=stream,
                unusable_as=max(1, work_left),
            )
        except errors.EngineError as e:
            if result is None:
                _count_unmeasured(kind, session, e, max(1, decoded.work), charge)
                raise
            result.stopped = e.code
            break
        except Exception:  # a defect of ours, too: the clip was decoded
            _charge(work_left - 1, charge)
            raise
        result = result or ClipResult(taken, chosen=len(decoded.frames))
        result.add(taken, frame.seconds)
        if not taken.session.is_open:
            break
    if result is None:
        raise RuntimeError("a clip was decoded to no frame")
    if (work_left := decoded.work - result.taken) > 0:
        _charge(work_left, charge)
        result.last = count_decoding(kind, result.last, work_left)
    return result


def _count_unmeasured(
    kind: AnyKind,
    session: CaptureSession,
    error: errors.FaceplatformError,
    frames: int,
    charge: Callable[[int], None],
) -> None:
    """Count a clip without a measured frame as so many; the limits have counted one of them."""
    if frames > 0:
        _charge(frames - 1, charge)
        count_unusable(kind, session, error, frames=frames)


def _charge(frames: int, charge: Callable[[int], None]) -> None:
    """Count frames for decoding in the limits of the caller and its usage."""
    if frames > 0:
        metering.count_frames(frames)
        charge(frames)


def _decoded(session: CaptureSession, video: bytes) -> clip.DecodedClip:
    if not clip.is_mp4_or_webm(video):
        raise errors.VideoFormatUnsupported
    # One at a time of each session, so that nobody takes all decoders by posting several.
    with claimed(f"clip:{session.public_id}", seconds=_CLAIM_SECONDS, taken=_busy):
        return clip.decode(video, _bounds_for(session))


def _busy() -> errors.VideoDecodersBusy:
    detail = "Another video of this session is being decoded."
    return errors.VideoDecodersBusy(detail, retry_after=_BUSY_SECONDS)


def _bounds_for(session: CaptureSession) -> Bounds:
    if not challenges.is_pending(session):
        return BOUNDS
    return replace(BOUNDS, pace=_PACE_OF_GESTURES, samples=_PACE_OF_GESTURES * MOST_SECONDS + 1)


def _hindrance(deadline: float, may_go_on: Callable[[], bool]) -> str:
    """Return the code of the cause not to begin another frame, or ""."""
    if monotonic() >= deadline:
        return TIME_IS_UP
    return "" if may_go_on() else THROTTLED
