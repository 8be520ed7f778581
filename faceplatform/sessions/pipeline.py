"""One frame, a straight line: find the session, measure, lock, decide, write, publish."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from faceplatform import metering, metrics, prepared, suspicion
from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import Face, LivenessVerdict, Measurement, Wants
from faceplatform.errors import EngineError, ImageError, VideoError
from faceplatform.events import SessionEnded
from faceplatform.liveness.challenge import Outcome
from faceplatform.liveness.flat_motion import Parallax
from faceplatform.liveness.methods import has_challenge, has_passive
from faceplatform.sessions import challenges, clock, frame_outcomes, motion, replay
from faceplatform.sessions.acceptance import (
    OF_GESTURES,
    Sample,
    frame_refusal,
    gesture_refusal,
    liveness_refusal_together,
    session_refusal,
)
from faceplatform.sessions.ending import end
from faceplatform.sessions.errors import ModelChanged
from faceplatform.sessions.following import FrameStream, following_of
from faceplatform.sessions.locking import lock, require_open
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import (
    PROGRESS_FIELDS,
    CapturedSample,
    CaptureSession,
    SessionStatus,
)
from faceplatform.sessions.reasons import ADVICE, GESTURE_FAULTS, SUSPICIONS, Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.sessions.steps import Continuation, Ending, Step
from faceplatform.suspicion import Hint
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


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


@dataclass(frozen=True, slots=True)
class _Decision:
    """A step, the samples that it leaves, and the new one among them, if any.

    Attributes:
        drops_earlier: the samples before are deleted.
        shows_gesture: the frame moved the challenge on, and must not do so again.
    """

    step: Step
    samples: list[CapturedSample]
    new: CapturedSample | None = None
    drops_earlier: bool = False
    shows_gesture: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """A frame, measured before the session was locked.

    Attributes:
        at: see `process_frame`.
        parallax: of a face that has moved in a challenge; None if it was not measured.
    """

    measured: Measurement
    at: float
    parallax: Parallax | None


def process_frame(
    *,
    client: Tenant,
    token: str,
    image: bytes,
    address: str = "",
    at: float | None = None,
    stream: FrameStream | None = None,
) -> FrameResult:
    """Take one frame into a session of the client.

    Args:
        address: of the caller, if a failed identification counts for it.
        at: when the frame was taken, in seconds by `clock`; None for now. A frame of a clip was
            taken as long before the clip came in as it lies before the clip's end: nobody reacts
            in a clip to an instruction that was given after it.
        stream: the frame is the next one of this stream.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished, ModelChanged: the session.
        faceplatform.errors.ImageError: the image; it counts as a frame received.
        faceplatform.errors.EngineError: it could not be measured; the session is as it was.
        DuplicateFace: an enrollment ended because the face is another user's.
    """
    at = clock.now() if at is None else at
    kind, session = find(client=client, token=token)
    require_open(session)
    engine = get_engine()
    if str(engine.model.key) != session.model_key:
        raise ModelChanged
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
        count_unusable(kind, session, e)
        raise
    face = measured.analysis.face
    parallax = None
    if has_challenge(policy) and face is not None and challenges.is_moved(session, face):
        parallax = motion.measure(kind, session, face)
    metrics.count_stages(measured.analysis.stages)
    if stream is not None:
        stream.track = measured.analysis.track
    session.caller_address = address
    result = _take(kind, session, policy, _Seen(measured, at, parallax))
    metrics.FRAMES.labels(kind.name, result.step.reason).inc()
    metering.count_frame(accepted=result.step.accepted)
    if isinstance(result.step, Ending) and result.step.error is not None:
        raise result.step.error
    return result


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


def count_unusable(kind: AnyKind, session: CaptureSession, error: Exception) -> None:
    """Count an image or video that cannot be used: it took time like any other.

    If it was the last one the session may take, the session ends, and the error says so.
    """
    faulty = error if isinstance(error, ImageError | VideoError) else None
    code = faulty.code if faulty else "internal_error"
    metrics.FRAMES.labels(kind.name, code).inc()
    metering.count_frame(accepted=False)
    ended = _count_frame(kind, session, code)
    if ended is not None and faulty:
        faulty.extra |= {"session_status": ended.status, "reason": ended.reason}


@retried
@transaction.atomic
def _count_frame(kind: AnyKind, session: CaptureSession, code: str) -> SessionEnded | None:
    """Count a frame that was not measured, and the error's code; return the event if that ended
    the session."""
    locked = lock(kind, session)
    require_open(locked)
    locked.count_frame({})
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
    seen: _Seen,
) -> FrameResult:
    """Lock the session, which each try reads again; decide on the frame; write; publish."""
    measured = seen.measured
    locked = lock(kind, session)
    require_open(locked)
    locked.caller_address = session.caller_address
    locked.asked_second_liveness = session.asked_second_liveness
    earlier = kind.samples_of(locked) if locked.frames_received else []
    locked.count_frame(measured.analysis.stages)
    decision = _decide(kind, locked, policy, seen, earlier)
    ended = _write(kind, locked, policy, measured, decision)
    answer = kind.answer(locked, decision.step, decision.samples)
    return FrameResult(kind.name, locked, decision.step, answer, measured, ended)


def _decide(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    seen: _Seen,
    earlier: list[CapturedSample],
) -> _Decision:
    """Decide on a frame. Set counters of the session in memory; write nothing."""
    measured = seen.measured
    is_led = challenges.is_pending(session)
    refusal = frame_refusal(measured.analysis, policy)
    if refusal is None and has_passive(policy):
        refusal = _passive_refusal(session, measured.analysis.face, earlier)
    is_good = refusal is None
    # A gesture needs earlier frames, as its face must be theirs.
    if is_led and earlier and refusal in OF_GESTURES:
        refusal = gesture_refusal(measured.analysis, policy)
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, earlier)
    face = measured.analysis.face
    if face is None or face.embedding is None:
        raise EngineError("The engine measured a good face without an embedding")
    sample = Sample(face.embedding, measured.fingerprint)
    refusal = _refusal_among_others(session, policy, sample, earlier)
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, earlier)
    if is_led:
        outcome = challenges.lead(session, face, is_neutral=is_good, at=seen.at)
        if seen.parallax is not None:
            motion.note(session, seen.parallax)
        if outcome is Outcome.PASSED and (doubt := motion.doubt(session, policy)) is not None:
            return _refuse(kind, session, policy, doubt, earlier)
        # A face that was only followed is not compared: the next frame is measured as if alone.
        may_be_matched = is_good and not measured.analysis.is_followed
        if outcome is not Outcome.PASSED or not may_be_matched:
            takes = may_be_matched and len(earlier) < max(1, kind.wanted_samples(session) - 1)
            new = _capture(kind, session, sample, face) if takes else None
            return _led(kind, session, outcome, earlier, new)
    session.frames_accepted += 1
    new = _capture(kind, session, sample, face)
    samples = [*earlier, new]
    step = kind.judge(session, samples)
    return _Decision(_within_limit(kind, session, step, samples), samples, new)


def _led(
    kind: AnyKind,
    session: CaptureSession,
    outcome: Outcome,
    earlier: list[CapturedSample],
    new: CapturedSample | None,
) -> _Decision:
    """Return the decision on a frame that leads a challenge. While it runs, nothing is compared
    with a template; the frames that pass the gate are collected, all but the last one."""
    if outcome is Outcome.FAILED:
        return _Decision(kind.fail(session, Reason.LIVENESS_FAILED, earlier), earlier)
    reason = challenges.REASONS[outcome]
    if reason in GESTURE_FAULTS:
        step: Step = kind.refuse(session, reason, earlier)
        return _Decision(_within_limit(kind, session, step, earlier), earlier)
    samples = earlier if new is None else [*earlier, new]
    session.frames_accepted += new is not None
    step = Continuation(reason=reason, accepted=new is not None, message=ADVICE[reason])
    return _Decision(
        _within_limit(kind, session, step, samples),
        samples,
        new,
        shows_gesture=outcome is Outcome.SEEN,
    )


def _passive_refusal(
    session: CaptureSession, face: Face | None, earlier: list[CapturedSample]
) -> Reason | None:
    """Return the reason of the passive check to refuse a live frame because of its session."""
    if session.wants_second_liveness and not session.asked_second_liveness:
        # A suspicion dropped the sample that the second net had judged, while this frame was
        # measured without it.
        return Reason.LIVENESS_UNCLEAR
    live = face.liveness if face else None
    scores = [sample.liveness_score for sample in earlier]
    return liveness_refusal_together([*scores, live.score if live else None])


def _refuse(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    reason: Reason,
    samples: list[CapturedSample],
) -> _Decision:
    is_suspicion = reason in SUSPICIONS
    if is_suspicion:
        session.spoof_frames += 1
        if session.spoof_frames >= policy.max_spoof_frames:
            return _Decision(kind.fail(session, Reason.LIVENESS_FAILED, samples), samples)
        # A suspicion stays with the session: see `CaptureSession.least_samples`.
        samples, session.liveness_nets = [], []
        challenges.begin_again(session)
    outcome = Outcome.AWAITED
    if reason is Reason.DIFFERENT_PERSON and challenges.is_pending(session):
        outcome = challenges.count_stranger(session)
    elif reason is Reason.MOTION_UNCLEAR:
        outcome = challenges.repeat(session)
    if outcome is Outcome.FAILED:
        return _Decision(kind.fail(session, Reason.LIVENESS_FAILED, samples), samples)
    step = kind.refuse(session, reason, samples)
    return _Decision(
        _within_limit(kind, session, step, samples), samples, drops_earlier=is_suspicion
    )


def _within_limit(
    kind: AnyKind, session: CaptureSession, step: Step, samples: list[CapturedSample]
) -> Step:
    """Return the step, or the ending of a session that may take no further frame."""
    if isinstance(step, Ending) or session.frames_received < kind.frame_limit(session):
        return step
    kind.apply(session, step.findings)
    return kind.fail(session, Reason.FRAME_LIMIT, samples)


def _write(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    measured: Measurement,
    decision: _Decision,
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
    if (new is not None or decision.shows_gesture) and policy.refuses_replays:
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


def _refusal_among_others(
    session: CaptureSession, policy: CapturePolicy, new: Sample, earlier: list[CapturedSample]
) -> Reason | None:
    """Return the reason to refuse a good frame because of frames used before, in this session or in
    another one of the client, if there is one."""
    refusal = session_refusal(
        new,
        [sample.as_sample() for sample in earlier],
        same_person=_same_person_threshold(policy, len(earlier)),
    )
    if refusal is not None or not policy.refuses_replays:
        return refusal
    if not replay.is_known(client_pk=session.client_id, fingerprint=new.fingerprint):
        return None
    _hint_at_replay(session.client_id)
    return Reason.FRAME_REPEATED


def _hint_at_replay(client_pk: int) -> None:
    transaction.on_commit(lambda: suspicion.tell(Hint.FRAME_REPEATED, client_pk=client_pk))


def _same_person_threshold(policy: CapturePolicy, earlier: int) -> float:
    return get_calibration().threshold(
        policy.false_match_rate, template_frames=earlier, probe_frames=1
    )


def _user_of(kind: AnyKind, session: CaptureSession) -> int | None:
    """Return the primary key of the user that the session is about, or that it recognized."""
    keys = (getattr(session, f"{name}_id") for name in kind.users)
    return next((key for key in keys if key is not None), None)


def _capture(kind: AnyKind, session: CaptureSession, sample: Sample, face: Face) -> CapturedSample:
    """Return the row of a sample, sealed and not saved yet."""
    liveness = face.liveness
    if liveness is not None:
        session.liveness_nets = sorted({*session.liveness_nets, *liveness.scores})
    captured: CapturedSample = kind.sample_model(
        session=session,
        quality=face.quality.unified,
        liveness_score=liveness.score if liveness else None,
        is_live=liveness is not None and liveness.verdict is LivenessVerdict.LIVE,
    )
    captured.seal(sample.embedding, sample.fingerprint)
    if face.patch is not None:
        captured.seal_patch(face.patch)
    return captured
