"""Holding a session's row while something about it is decided."""

from django.utils import timezone

from faceplatform.prepared import Prepared
from faceplatform.sessions.errors import SessionExpired, SessionFinished, SessionNotFound
from faceplatform.sessions.models import CaptureSession, SessionStatus
from faceplatform.sessions.registry import AnyKind

_locked = Prepared(lambda rows, key: rows.select_for_update().filter(pk=key))


def lock(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    """Read the session's row again and hold it until the transaction ends.

    Raises:
        SessionNotFound: it has been deleted.
    """
    rows: list[CaptureSession] = _locked(kind.session_model, session.pk)
    if not rows:
        raise SessionNotFound
    return rows[0]


def require_open(session: CaptureSession) -> None:
    """Raise SessionExpired or SessionFinished unless frames may still be posted."""
    if session.status == SessionStatus.EXPIRED or session.is_overdue(timezone.now()):
        raise SessionExpired
    if not session.is_open:
        raise SessionFinished.by(session.status, session.reason)
