"""Receivers of events: one insert for each ended session, and one for each alert."""

from typing import Any

from analytics.models import AlertRecord, Outcome, SessionFact, SessionType
from faceplatform.events import SecurityAlert, SessionEnded
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.reasons import Reason

_BY_STATUS = {
    SessionStatus.EXPIRED: Outcome.EXPIRED,
    SessionStatus.CANCELLED: Outcome.CANCELLED,
}


def record_session(event: SessionEnded, **_: Any) -> None:
    """Write the fact of a session that ended: a receiver of `events.published`."""
    SessionFact.objects.create(
        client_id=event.client_id,
        session_public_id=event.public_id,
        subject_id=event.matched_subject_id or event.subject_id,
        session_type=_session_type(event),
        capture_type=event.capture_type,
        source=event.source,
        outcome=_outcome(event),
        reason=event.reason,
        similarity=event.similarity,
        quality=event.quality,
        liveness_score=event.liveness_score,
        liveness_verified=event.liveness_verified,
        duplicate_suspected=event.duplicate_suspected,
        frames_received=event.frames_received,
        frames_accepted=event.frames_accepted,
        spoof_frames=event.spoof_frames,
        duration_ms=max(0, round(event.duration.total_seconds() * 1000)),
        stage_milliseconds=dict(event.stage_milliseconds),
        false_match_rate=event.policy.get("false_match_rate"),
        model_key=event.model,
        ended_at=event.at,
    )


def record_alert(event: SecurityAlert, **_: Any) -> None:
    """Write an alert: a receiver of `events.published`."""
    AlertRecord.objects.create(
        client_id=event.client_id,
        subject_id=event.subject_id,
        alert=event.alert,
        detail=dict(event.detail),
        raised_at=event.at,
    )


def _session_type(event: SessionEnded) -> SessionType:
    if event.kind == "enrollment":
        return SessionType.ENROLLMENT
    is_named = event.subject_id is not None
    return SessionType.VERIFICATION if is_named else SessionType.IDENTIFICATION


def _outcome(event: SessionEnded) -> Outcome:
    if event.reason in {Reason.ENROLLED, Reason.MATCHED}:
        return Outcome.SUCCESS
    return _BY_STATUS.get(SessionStatus(event.status), Outcome.FAILURE)
