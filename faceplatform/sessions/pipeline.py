"""One frame, a straight line: find the session, decode, measure, lock, decide, write."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from faceplatform import metrics, prepared
from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import Face, LivenessVerdict, Measurement, Wants
from faceplatform.errors import EngineError, ImageError
from faceplatform.matching.embeddings import Embedding
from faceplatform.sessions import lifecycle, replay
from faceplatform.sessions.acceptance import Sample, picture_refusal, session_refusal
from faceplatform.sessions.errors import ModelChanged
from faceplatform.sessions.models import CapturedSample, CaptureSession, SessionStatus
from faceplatform.sessions.outcome import Outcome
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.transactions import retried

_of_session = prepared.Prepared(lambda rows, session: rows.filter(session=session).order_by("pk"))


@dataclass(frozen=True, slots=True)
class FrameResult:
    """A frame's outcome with what was measured of it.

    Attributes:
        faces: how many faces count in the picture.
        face: the one face, when exactly one counts.
    """

    session: CaptureSession
    outcome: Outcome
    face: Face | None
    faces: int


def process_frame(*, client: Any, token: str, image: bytes) -> FrameResult:
    """Take one frame into a session of the client.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished, ModelChanged: the session.
        faceplatform.errors.ImageError: the image; it counts as a frame received.
        faceplatform.errors.EngineError: it could not be measured; the session is as it was.
        DuplicateFace: an enrollment ended because the face is another user's.
    """
    kind, session = lifecycle.find(client=client, token=token)
    lifecycle.require_open(session)
    engine = get_engine()
    if engine.model.key != session.model_key:
        raise ModelChanged
    policy = session.capture_policy
    # The slow part: no transaction is open and no row is locked.
    try:
        measured = engine.measure(
            image,
            wants=Wants(liveness=policy.liveness != "off", kept_image=kind.keeps_pictures(session)),
        )
    except EngineError:
        raise
    except Exception as e:  # whatever looking at it led to, a defect of ours included
        _count_unusable(kind, session, e)
        raise
    analysis = measured.analysis
    metrics.count_stages(analysis.stages)
    locked, outcome = _take(kind, session, policy, measured.kept_image or b"", measured)
    metrics.FRAMES.labels(kind.name, outcome.reason).inc()
    if outcome.error is not None:
        raise outcome.error
    return FrameResult(
        session=locked, outcome=outcome, face=analysis.face, faces=len(analysis.boxes)
    )


def give_up(*, client: Any, token: str, reason: Reason) -> Outcome:
    """End a session of the client without success: no further frame will come.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished
    """
    kind, session = lifecycle.find(client=client, token=token)
    return _give_up(kind, session, reason)


@retried
@transaction.atomic
def _give_up(kind: AnyKind, session: CaptureSession, reason: Reason) -> Outcome:
    locked = lifecycle.lock(kind, session)
    lifecycle.require_open(locked)
    return kind.give_up(locked, reason, _samples(kind, locked))


def _count_unusable(kind: AnyKind, session: CaptureSession, error: Exception) -> None:
    """Count a picture that cannot be used: it took time as others do.

    Where it is the last one that the session may take, the session ends, and the error says so.
    """
    code = error.code if isinstance(error, ImageError) else "internal_error"
    metrics.FRAMES.labels(kind.name, code).inc()
    ended = _count_frame(kind, session)
    if ended is not None and isinstance(error, ImageError):
        error.extra |= {"session_status": ended.status, "reason": ended.reason}


@retried
@transaction.atomic
def _count_frame(kind: AnyKind, session: CaptureSession) -> CaptureSession | None:
    """Count a frame that nothing is known of; returns the session if that ended it."""
    locked = lifecycle.lock(kind, session)
    lifecycle.require_open(locked)
    locked.frames_received += 1
    if locked.frames_received >= kind.frame_limit(locked):
        kind.give_up(locked, Reason.FRAME_LIMIT, _samples(kind, locked))
        return locked
    locked.status = SessionStatus.PROCESSING
    prepared.update(locked, "status", "frames_received")
    return None


@retried
@transaction.atomic
def _take(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    copy: bytes,
    measured: Measurement,
) -> tuple[CaptureSession, Outcome]:
    """The session, locked and read anew by each try, and what the frame means for it."""
    locked = lifecycle.lock(kind, session)
    lifecycle.require_open(locked)
    return locked, _decide(kind, locked, policy, copy, measured)


def _decide(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    image: bytes,
    measured: Measurement,
) -> Outcome:
    """What the frame means for the locked session; writes it."""
    samples = _samples(kind, session) if session.frames_received else []
    session.frames_received += 1
    refusal = picture_refusal(measured.analysis, policy)
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, samples)
    face = measured.analysis.face
    if face is None or face.embedding is None:
        raise EngineError("The engine measured a good face without an embedding")
    refusal = _refusal_beside_others(
        session, policy, Sample(face.embedding, measured.fingerprint), samples
    )
    if refusal is not None:
        return _refuse(kind, session, policy, refusal, samples)
    sample = _keep(kind, session, measured, face, face.embedding)
    outcome = kind.accept(session, sample, [*samples, sample], image)
    if policy.refuses_replays:
        replay.remember(
            client_pk=session.client_id,
            subject_pk=_user_of(kind, session),
            fingerprint=measured.fingerprint,
            days=policy.replay_days,
        )
    if session.is_open and session.frames_received >= kind.frame_limit(session):
        return kind.give_up(session, Reason.FRAME_LIMIT, [*samples, sample])
    return outcome


def _samples(kind: AnyKind, session: CaptureSession) -> list[CapturedSample]:
    """What the session accepted so far, oldest first."""
    samples: list[CapturedSample] = _of_session(kind.sample_model, session.pk)
    for sample in samples:
        sample.session = session
    return samples


def _refuse(
    kind: AnyKind,
    session: CaptureSession,
    policy: CapturePolicy,
    reason: Reason,
    samples: list[CapturedSample],
) -> Outcome:
    if reason is Reason.SPOOF_SUSPECTED:
        session.spoof_frames += 1
        if session.spoof_frames >= policy.max_spoof_frames:
            return kind.give_up(session, Reason.LIVENESS_FAILED, samples)
        # A suspicion stays with the session: see `CaptureSession.least_samples`.
        kind.discard(session)
        samples = []
    if session.frames_received >= kind.frame_limit(session):
        return kind.give_up(session, Reason.FRAME_LIMIT, samples)
    return kind.refuse(session, reason, samples)


def _refusal_beside_others(
    session: CaptureSession, policy: CapturePolicy, new: Sample, samples: list[CapturedSample]
) -> Reason | None:
    """The reason to refuse a good picture because of those that were used before, here or in
    another session of the client; None when there is none."""
    refusal = session_refusal(
        new,
        [sample.as_sample() for sample in samples],
        same_person=_same_person_threshold(policy, len(samples)),
    )
    if refusal is None and policy.refuses_replays:
        known = replay.is_known(client_pk=session.client_id, fingerprint=new.fingerprint)
        return Reason.FRAME_REPEATED if known else None
    return refusal


def _user_of(kind: AnyKind, session: CaptureSession) -> int | None:
    """The primary key of the user that the session is about, or that it found."""
    keys = (getattr(session, f"{name}_id") for name in kind.users)
    return next((key for key in keys if key is not None), None)


def _same_person_threshold(policy: CapturePolicy, earlier: int) -> float:
    return get_calibration().threshold(
        policy.false_match_rate, template_frames=earlier, probe_frames=1
    )


def _keep(
    kind: AnyKind, session: CaptureSession, measured: Measurement, face: Face, embedding: Embedding
) -> CapturedSample:
    liveness = face.liveness
    sample: CapturedSample = kind.sample_model(
        session=session,
        quality=face.quality.unified,
        liveness_score=liveness.score if liveness else None,
        is_live=liveness is not None and liveness.verdict is LivenessVerdict.LIVE,
    )
    prepared.insert(sample.seal(embedding, measured.fingerprint))
    return sample
