"""Ending sessions: by a frame, by a call, by time."""

from collections.abc import Sequence
from datetime import datetime
from statistics import fmean
from typing import cast

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from faceplatform import events, prepared
from faceplatform.events import SessionEnded
from faceplatform.liveness.fusion import fused_score
from faceplatform.sessions import registry, trail
from faceplatform.sessions.locking import lock, require_open
from faceplatform.sessions.models import (
    OPEN_STATUSES,
    PROGRESS_FIELDS,
    CapturedSample,
    CaptureSession,
    SessionStatus,
)
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.sessions.steps import Ending, Findings
from faceplatform.transactions import retried

_EXPIRED_AT_ONCE = 200
_FIELDS = (*PROGRESS_FIELDS, "reason", "finished_at")


def end(
    kind: AnyKind, session: CaptureSession, ending: Ending, samples: Sequence[CapturedSample]
) -> SessionEnded:
    """End a locked session: write it, delete what was captured, publish the event last.

    Args:
        samples: those that the session ends with.
    """
    session.status, session.reason = ending.status, ending.reason
    session.finished_at = timezone.now()
    trail.forget(session)
    kind.apply(session, ending.findings)
    prepared.update(session, *_FIELDS, *kind.decided_fields)
    kind.discard(session)
    kind.store(session, ending)
    event = _event(kind, session, ending.findings, samples)
    events.publish(event)
    return event


def cut_short(
    kind: AnyKind, session: CaptureSession, *, status: SessionStatus, reason: Reason
) -> None:
    """End a locked session outside of the frame pipeline."""
    ending = Ending(status=status, reason=reason, findings=kind.findings(session))
    end(kind, session, ending, kind.samples_of(session))


def _event(
    kind: AnyKind,
    session: CaptureSession,
    findings: Findings,
    samples: Sequence[CapturedSample],
) -> SessionEnded:
    named, *others = (getattr(session, name) for name in kind.users)
    matched = others[0] if others else None
    scores = [s.liveness_score for s in samples if s.liveness_score is not None]
    return SessionEnded(
        client_id=session.client_id,
        subject_id=session.subject_id,
        at=cast("datetime", session.finished_at),
        kind=kind.name,
        session_id=session.pk,
        public_id=session.public_id,
        user_id=named.user_id if named else None,
        matched_subject_id=findings.matched_subject_pk,
        matched_user_id=matched.user_id if matched else None,
        capture_type=session.capture_type,
        source=session.source,
        metadata=session.metadata,
        status=str(session.status),
        reason=str(session.reason),
        frames_received=session.frames_received,
        frames_accepted=session.frames_accepted,
        spoof_frames=session.spoof_frames,
        quality=fmean(s.quality for s in samples) if samples else None,
        liveness_score=fused_score(scores),
        liveness_verified=findings.liveness_verified,
        similarity=findings.similarity,
        duplicate_suspected=findings.duplicate_suspected,
        policy=session.policy,
        model=session.model_key,
        opened_at=session.created_at,
        stage_milliseconds=session.stage_milliseconds,
    )


@retried
@transaction.atomic
def cancel(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    """Cancel an open session; return it as it is now.

    Raises:
        SessionExpired, SessionFinished
    """
    locked = lock(kind, session)
    require_open(locked)
    cut_short(kind, locked, status=SessionStatus.CANCELLED, reason=Reason.CANCELLED)
    return locked


@transaction.atomic
def cancel_all(which: Q, *, reason: Reason) -> None:
    """Cancel the open sessions, of every kind, that meet a condition."""
    for kind in registry.all_kinds():
        cancel_all_of(kind, which, reason=reason)


@transaction.atomic
def cancel_all_of(kind: AnyKind, which: Q, *, reason: Reason) -> None:
    """Cancel the open sessions of one kind that meet a condition."""
    rows = kind.session_model._default_manager.select_for_update()
    for session in rows.filter(which, status__in=OPEN_STATUSES):
        cut_short(kind, session, status=SessionStatus.CANCELLED, reason=reason)


def expire_overdue(*, limit: int = _EXPIRED_AT_ONCE) -> int:
    """Expire overdue sessions, at most ``limit`` of all kinds together; return how many.

    Each has its own transaction and is read again in it: safe while frames come in, and while
    another run does the same.
    """
    expired = 0
    for kind in registry.all_kinds():
        overdue = kind.session_model._default_manager.filter(
            status__in=OPEN_STATUSES, expires_at__lte=timezone.now()
        ).order_by("status", "expires_at")  # the index's order
        for session in overdue[: limit - expired]:
            expired += expire(kind, session)
    return expired


@retried
@transaction.atomic
def expire(kind: AnyKind, session: CaptureSession) -> bool:
    """Expire a session; return False if another run, a frame or an erasure ended it first. A locked
    row is skipped: its holder or the next run ends it."""
    rows = kind.session_model._default_manager.select_for_update(skip_locked=True)
    locked = rows.filter(pk=session.pk).first()
    if locked is None or not locked.is_overdue(timezone.now()):
        return False
    cut_short(kind, locked, status=SessionStatus.EXPIRED, reason=Reason.EXPIRED)
    return True
