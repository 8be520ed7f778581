"""One frame, a straight line: find the session, measure, lock, decide, write, publish."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction

from faceplatform import metering, metrics, prepared
from faceplatform.conf import CapturePolicy
from faceplatform.engine.base import Engine
from faceplatform.engine.types import Face, Measurement, Wants
from faceplatform.errors import EngineError, ImageError, VideoDecodersBusy, VideoError
from faceplatform.events import SessionEnded
from faceplatform.liveness.methods import has_challenge, has_passive
from faceplatform.sessions import challenges, clock, frame_outcomes, motion, replay, sandbox
from faceplatform.sessions.clock import Arrival
from faceplatform.sessions.deciding import Decision, Seen, decide
from faceplatform.sessions.ending import end
from faceplatform.sessions.errors import ModelChanged
from faceplatform.sessions.following import FrameStream, following_of
from faceplatform.sessions.locking import lock, require_open
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import (
    PROGRESS_FIELDS,
    CaptureSession,
    SessionStatus,
)
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.sessions.steps import Ending, Step
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


# Errors that tell an outcome of a frame. Any other is a defect of ours.
_COUNTED = (ImageError, VideoError, VideoDecodersBusy, EngineError)


@dataclass(frozen=True, slots=True)
class FrameResult:
    """The outcome of a frame.

    Attributes:
        kind: ``enrollment`` or ``authentication``.
        session: as it is now.
        answer: the members of the answer that differ from kind to kind.
        measured: the engine's measurement of the frame.
        ended: the event that was published, if the session ended.
    """

    kind: str
    session: CaptureSession
    step: Step
    answer: "DataclassInstance"
    measured: Measurement
    ended: SessionEnded | None

    @property
    def face(self) -> Face | None:
        """The one face, when exactly one counts."""
        return self.measured.analysis.face

    @property
    def faces(self) -> int:
        """The number of faces that count."""
        return len(self.measured.analysis.boxes)


def process_frame(  # noqa: PLR0913  (the frame, and its place among others)
    *,
    client: Tenant,
    token: str,
    image: bytes,
    address: str = "",
    arrival: Arrival | None = None,
    number: int | None = None,
    stream: FrameStream | None = None,
    unusable_as: int = 1,
) -> FrameResult:
    """Take one frame into a session of the client.

    Args:
        address: of the caller, if a failed identification counts for it.
        arrival: of the frame; None for now.
        number: the caller's own, if given; with a liveness check, it must fit those before.
        stream: the frame is the next one of this stream.
        unusable_as: the number of frames that it counts as if its image cannot be used.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished, ModelChanged: the session.
        faceplatform.errors.ImageError: the image; it counts as a frame received.
        faceplatform.errors.EngineError: it could not be measured; the session is as it was.
        DuplicateFace: an enrollment ended because the face is another user's.
    """
    arrival = arrival or Arrival(clock.now())
    kind, session = find(client=client, token=token)
    require_open(session)
    engine = engine_of_frame(kind, session, at=arrival.taken_at)
    policy = session.capture_policy
    session.asked_second_liveness = has_passive(policy) and session.wants_second_liveness
    # The slow part: no transaction is open and no row is locked.
    try:
        measured = engine.measure(
            image,
            wants=Wants(
                liveness=has_passive(policy),
                second_liveness=session.asked_second_liveness,
                gestures=has_challenge(policy),
                patch=has_challenge(policy),
                kept_image=kind.keeps_images(session),
            ),
            following=following_of(stream, session, policy, wanted=kind.wanted_samples(session)),
        )
    except EngineError:
        raise
    except Exception as e:  # any failure to measure it, a defect of ours included
        count_unusable(kind, session, e, frames=unusable_as)
        raise
    metering.count_frames(1)  # even if another call has ended the session
    face = measured.analysis.face
    parallax = None
    if has_challenge(policy) and face is not None and challenges.is_moved(session, face):
        parallax = motion.measure(kind, session, face)
    if not session.is_sandbox:
        metrics.count_stages(measured.analysis.stages)
    if stream is not None:
        stream.advance(measured.analysis)
    session.caller_address = address
    result = _take(kind, session, policy, Seen(measured, arrival, number, parallax))
    _count(kind, session, result.step.reason)
    if result.step.accepted:
        metering.count_accepted()
    if isinstance(result.step, Ending) and result.step.error is not None:
        raise result.step.error
    return result


def engine_of_frame(kind: AnyKind, session: CaptureSession, *, at: float) -> Engine:
    """Return the engine that measures a frame of the session, which was taken at that time.

    Raises:
        ModelChanged: the engine's model is not the one that the session began with.
        Others: see `sandbox.engine_for`.
    """
    engine = sandbox.engine_for(kind, session, at=at)
    if str(engine.model.key) != session.model_key:
        raise ModelChanged
    return engine


def give_up(*, client: Tenant, token: str, reason: Reason) -> SessionEnded:
    """End a session of the client without success: no further frame will come.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished
    """
    kind, session = find(client=client, token=token)
    return _give_up(kind, session, reason)


@retried
@transaction.atomic
def _give_up(kind: AnyKind, session: CaptureSession, reason: Reason) -> SessionEnded:
    locked = lock(kind, session)
    require_open(locked)
    return _fail(kind, locked, reason)


def _fail(kind: AnyKind, locked: CaptureSession, reason: Reason) -> SessionEnded:
    samples = kind.samples_of(locked)
    return end(kind, locked, kind.fail(locked, reason, samples), samples)


def count_unusable(
    kind: AnyKind, session: CaptureSession, error: Exception, *, frames: int
) -> None:
    """Count an image or video that cannot be used, or a video that was decoded and could not be
    measured: it took time like any other, a video that was long to decode as much as several frames
    of the session.

    If it was the last one the session may take, the session ends, and the error says so.
    """
    faulty = error if isinstance(error, _COUNTED) else None
    code = faulty.code if faulty else "internal_error"
    _count(kind, session, code)
    metering.count_frames(1)
    ended = _count_frames(kind, session, code, frames)
    if ended is not None and faulty:
        faulty.extra |= {"session_status": ended.status, "reason": ended.reason}


@retried
@transaction.atomic
def count_decoding(kind: AnyKind, result: FrameResult, frames: int) -> FrameResult:
    """Count the decoding of a clip, beyond the frames that were taken from it.

    Returns:
        The result of its last frame, with an ending if the session has reached its limit.
    """
    locked = lock(kind, result.session)
    if not locked.is_open:  # another call ended it meanwhile
        return result
    locked.frames_received += frames
    if locked.frames_received < kind.frame_limit(locked):
        prepared.update(locked, *PROGRESS_FIELDS)
        return replace(result, session=locked)
    samples = kind.samples_of(locked)
    step = kind.fail(locked, Reason.FRAME_LIMIT, samples)
    ended = end(kind, locked, step, samples)
    answer = kind.answer(locked, step, samples)
    return replace(result, session=locked, step=step, answer=answer, ended=ended)


def _count(kind: AnyKind, session: CaptureSession, outcome: str) -> None:
    frames = metrics.SANDBOX_FRAMES if session.is_sandbox else metrics.FRAMES
    frames.labels(kind.name, outcome).inc()


@retried
@transaction.atomic
def _count_frames(
    kind: AnyKind, session: CaptureSession, code: str, frames: int
) -> SessionEnded | None:
    """Count frames that were not measured, and the error's code; return the event if that ended
    the session."""
    locked = lock(kind, session)
    require_open(locked)
    locked.frames_received += frames
    frame_outcomes.record(locked, reason=code)
    if locked.frames_received >= kind.frame_limit(locked):
        return _fail(kind, locked, Reason.FRAME_LIMIT)
    locked.status = SessionStatus.PROCESSING
    prepared.update(locked, *PROGRESS_FIELDS)
    return None


@retried
@transaction.atomic
def _take(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    seen: Seen,
) -> FrameResult:
    """Lock the session, which each try reads again; decide on the frame; write; publish."""
    measured = seen.measured
    locked = lock(kind, session)
    require_open(locked)
    locked.caller_address = session.caller_address
    locked.asked_second_liveness = session.asked_second_liveness
    earlier = kind.samples_of(locked) if locked.frames_received else []
    locked.count_frame(measured.analysis.stages)
    decision = decide(kind, locked, policy, seen, earlier)
    ended = _write(kind, locked, policy, measured, decision)
    answer = kind.answer(locked, decision.step, decision.samples)
    return FrameResult(kind.name, locked, decision.step, answer, measured, ended)


def _write(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    measured: Measurement,
    decision: Decision,
) -> SessionEnded | None:
    """Write a decision once; return the event, published last, if the session ended."""
    step, new = decision.step, decision.new
    session.samples_collected = len(decision.samples)
    frame_outcomes.record(
        session,
        reason=step.reason,
        accepted=step.accepted,
        face=measured.analysis.face,
        stages=measured.analysis.stages,
    )
    kind.apply(session, step.findings)
    if (new is not None or decision.shows_gesture) and policy.remembers_frames:
        replay.remember(
            client_pk=session.client_id,
            subject_pk=_user_of(kind, session),
            fingerprint=measured.fingerprint,
            days=policy.replay_days,
        )
    if new is not None and step.accepted and kind.keeps_images(session):
        kind.keep_image(session, measured.kept_image or b"")
    if isinstance(step, Ending):
        return end(kind, session, step, decision.samples)
    if decision.drops_earlier:
        kind.discard(session)
    if new is not None:
        prepared.insert(new)
    session.status = SessionStatus.PROCESSING
    prepared.update(session, *PROGRESS_FIELDS, *kind.decided_fields)
    kind.keep(session)
    return None


def _user_of(kind: AnyKind, session: CaptureSession) -> int | None:
    """Return the primary key of the user that the session is about, or that it recognized."""
    keys = (getattr(session, f"{name}_id") for name in kind.users)
    return next((key for key in keys if key is not None), None)
