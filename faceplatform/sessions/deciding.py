"""The decision on a frame: use it, refuse it or end the session. It writes nothing.

The session's row is held, and its counters are changed in memory.
"""

from dataclasses import dataclass

from django.db import transaction

from faceplatform import suspicion
from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import calibration_of
from faceplatform.engine.types import Face, LivenessVerdict, Measurement
from faceplatform.errors import EngineError
from faceplatform.liveness.challenge import Outcome
from faceplatform.liveness.methods import has_passive
from faceplatform.liveness.parallax import Parallax
from faceplatform.sessions import challenges, motion, replay, trail
from faceplatform.sessions.acceptance import (
    OF_GESTURES,
    Sample,
    frame_refusal,
    gesture_refusal,
    liveness_refusal_together,
    session_refusal,
)
from faceplatform.sessions.clock import Arrival
from faceplatform.sessions.models import CapturedSample, CaptureSession
from faceplatform.sessions.operating_point import same_person_fmr
from faceplatform.sessions.reasons import ADVICE, GESTURE_FAULTS, SUSPICIONS, Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.sessions.steps import Continuation, Ending, Step
from faceplatform.suspicion import Hint


@dataclass(frozen=True, slots=True)
class Seen:
    """A frame, measured before the session was locked.

    Attributes:
        arrival, number: see `process_frame`.
        parallax: of a face that has moved in a challenge; None if it was not measured.
    """

    measured: Measurement
    arrival: Arrival
    number: int | None
    parallax: Parallax | None


@dataclass(frozen=True, slots=True)
class Decision:
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


def decide(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    seen: Seen,
    earlier: list[CapturedSample],
) -> Decision:
    """Decide on a frame.

    Args:
        earlier: the session's samples.
    """
    measured = seen.measured
    is_led = challenges.is_pending(session)
    refusal = None
    if policy.liveness != "off":
        refusal = trail.refusal(session, measured.fingerprint, seen.number)
    refusal = refusal or _refusal_alone(session, policy, measured, earlier)
    is_good = refusal is None
    # A gesture needs earlier frames, as its face must be theirs.
    if is_led and earlier and refusal in OF_GESTURES:
        refusal = gesture_refusal(measured.analysis, policy)
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, earlier, arrival=seen.arrival)
    face = measured.analysis.face
    if face is None or face.embedding is None:
        raise EngineError("The engine measured a good face without an embedding")
    sample = Sample(face.embedding, measured.fingerprint)
    refusal = _refusal_among_others(session, policy, seen, sample, earlier)
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, earlier, arrival=seen.arrival)
    outcome = Outcome.PASSED
    if is_led:
        outcome = challenges.lead(session, face, is_neutral=is_good, arrival=seen.arrival)
        if seen.parallax is not None:
            motion.note(session, seen.parallax)
        if outcome is Outcome.PASSED and (doubt := motion.doubt(session)) is not None:
            return _refuse(kind, session, policy, doubt, earlier, arrival=seen.arrival)
    # A face that was only followed is not compared: the next frame is measured as if alone. Another
    # call may have passed the challenge since this frame was measured.
    may_be_matched = is_good and not measured.analysis.is_followed
    if outcome is not Outcome.PASSED or not may_be_matched:
        takes = may_be_matched and len(earlier) < max(1, kind.wanted_samples(session) - 1)
        new = _capture(kind, session, sample, face) if takes else None
        return _led(kind, session, outcome, earlier, new)
    session.frames_accepted += 1
    new = _capture(kind, session, sample, face)
    samples = [*earlier, new]
    step = kind.judge(session, samples)
    return Decision(_within_limit(kind, session, step, samples), samples, new)


def _led(
    kind: AnyKind,
    session: CaptureSession,
    outcome: Outcome,
    earlier: list[CapturedSample],
    new: CapturedSample | None,
) -> Decision:
    """Return the decision on a frame that leads a challenge. While it runs, nothing is compared
    with a template; the frames that pass the gate are collected, all but the last one."""
    if outcome is Outcome.FAILED:
        return Decision(kind.fail(session, Reason.LIVENESS_FAILED, earlier), earlier)
    reason = challenges.REASONS[outcome]
    if reason in GESTURE_FAULTS:
        step: Step = kind.refuse(session, reason, earlier)
        return Decision(_within_limit(kind, session, step, earlier), earlier)
    samples = earlier if new is None else [*earlier, new]
    session.frames_accepted += new is not None
    step = Continuation(reason=reason, accepted=new is not None, message=ADVICE[reason])
    step = _within_limit(kind, session, step, samples)
    if isinstance(step, Continuation) and challenges.asks_gesture(session):
        barred = kind.bar_to_gesture(session)
        step = step if barred is None else kind.fail(session, barred, samples)
    return Decision(step, samples, new, shows_gesture=outcome is Outcome.SEEN)


def _refusal_alone(
    session: CaptureSession,
    policy: CapturePolicy,
    measured: Measurement,
    earlier: list[CapturedSample],
) -> Reason | None:
    """Return the reason for which a frame is not good enough to be matched, or None."""
    refusal = frame_refusal(measured.analysis, policy)
    if refusal is None and has_passive(policy):
        refusal = _passive_refusal(session, measured.analysis.face, earlier)
    return refusal


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
    *,
    arrival: Arrival,
) -> Decision:
    is_suspicion = reason in SUSPICIONS
    if is_suspicion:
        session.spoof_frames += 1
        if session.spoof_frames >= policy.max_spoof_frames:
            return Decision(kind.fail(session, Reason.LIVENESS_FAILED, samples), samples)
        # A suspicion stays with the session: see `CaptureSession.least_samples`.
        samples, session.liveness_nets = [], []
        challenges.begin_again(session)
        trail.forget_stillness(session)
    if reason is Reason.FRAME_ORDER:
        _tell(Hint.FRAME_ORDER, session.client_id)
    outcome = Outcome.AWAITED
    if reason is Reason.DIFFERENT_PERSON and challenges.is_pending(session):
        outcome = challenges.count_stranger(session)
    elif reason is Reason.MOTION_UNCLEAR:
        outcome = challenges.repeat(session)
    if outcome is not Outcome.FAILED and challenges.is_pending(session):
        outcome = challenges.count_late(session, arrival)
    if outcome is Outcome.FAILED:
        return Decision(kind.fail(session, Reason.LIVENESS_FAILED, samples), samples)
    step = kind.refuse(session, reason, samples)
    return Decision(
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


def _refusal_among_others(
    session: CaptureSession,
    policy: CapturePolicy,
    seen: Seen,
    new: Sample,
    earlier: list[CapturedSample],
) -> Reason | None:
    """Return the reason to refuse a good frame because of frames used before, in this session or in
    another one of the client, if there is one."""
    others = [sample.as_sample() for sample in earlier]
    # A followed face is embedded from one view, and the samples from two: of one picture, too, they
    # differ by more than a still may.
    if policy.liveness != "off" and not seen.measured.analysis.is_followed:
        refusal = trail.stillness_refusal(session, new, others, at=seen.arrival.taken_at)
        if refusal is not None:
            return refusal
    same_person = _same_person_threshold(session, policy, len(earlier))
    refusal = session_refusal(new, others, same_person=same_person)
    if refusal is not None or not policy.refuses_replays:
        return refusal
    if not replay.is_known(client_pk=session.client_id, fingerprint=new.fingerprint):
        return None
    _tell(Hint.FRAME_REPEATED, session.client_id)
    return Reason.FRAME_REPEATED


def _tell(hint: Hint, client_pk: int) -> None:
    """Give a hint, once what is decided now is committed."""
    transaction.on_commit(lambda: suspicion.tell(hint, client_pk=client_pk))


def _same_person_threshold(session: CaptureSession, policy: CapturePolicy, earlier: int) -> float:
    return calibration_of(session).threshold(
        same_person_fmr(policy), template_frames=earlier, probe_frames=1
    )


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
    # Later faces are compared with the first one.
    if face.patch is not None and not session.samples_collected:
        captured.seal_patch(face.patch)
    return captured
