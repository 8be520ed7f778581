"""Opening, finding and ending sessions, whatever their kind."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from faceplatform import events, housekeeping
from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.errors import FaceplatformError
from faceplatform.prepared import Prepared
from faceplatform.sessions import registry, replay
from faceplatform.sessions.errors import (
    LivenessUnavailable,
    OperatingPointUnsupported,
    SessionExpired,
    SessionFinished,
    SessionNotFound,
)
from faceplatform.sessions.models import (
    OPEN_STATUSES,
    CaptureSession,
    SessionStatus,
    token_digest,
)
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.transactions import retried

_EXPIRED_AT_ONCE = 200
# More than a session adds.
_FORGOTTEN_IN_PASSING = 50

# Without the sessions whose credential was revoked, so that revoking needs no further statement.
_by_token = Prepared(
    lambda rows, digest, client: rows.filter(
        token_digest=digest, client=client, credential__revoked_at=None
    )
)
_locked = Prepared(lambda rows, key: rows.select_for_update().filter(pk=key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Who opens a session, and how.

    Attributes:
        credential: public id of the credential that opens it: revoking it ends the session. None
            for a session that is ended by the call that opens it.
        policy: of this session alone; the client's own one when None.
    """

    client: Any
    capture_type: str
    metadata: dict[str, Any]
    credential: UUID | None = None
    policy: CapturePolicy | None = None

    @property
    def capture_policy(self) -> CapturePolicy:
        return self.policy or cast("CapturePolicy", self.client.capture_policy)


def opening_fields(opening: Opening) -> dict[str, Any]:
    """The fields every new session begins with. Where no scheduler runs, sweeps a little on the
    way: captured samples must not outlive their sessions, nor seen frames their time.

    Raises:
        LivenessUnavailable: the client's policy asks for a check that cannot run. Nothing is
            waived silently.
        OperatingPointUnsupported: it asks for a false match rate that was never measured.
    """
    policy = opening.capture_policy
    if settings.FACEPLATFORM_SWEEP_IN_PASSING:
        _sweep_in_passing(opening.client.pk, policy)
    if (obstacle := obstacle_to(policy)) is not None:
        raise obstacle
    now = timezone.now()
    return {
        "client": opening.client,
        "credential_id": opening.credential,
        "capture_type": opening.capture_type,
        "metadata": opening.metadata,
        "policy": policy.model_dump(),
        "model_key": get_engine().model.key,
        "created_at": now,
        "expires_at": now + timedelta(seconds=policy.session_seconds),
    }


def _sweep_in_passing(client_pk: int, policy: CapturePolicy) -> None:
    housekeeping.clean_up_in_passing()
    if policy.refuses_replays:
        replay.forget_surplus(client_pk=client_pk, limit=_FORGOTTEN_IN_PASSING)


def obstacle_to(policy: CapturePolicy) -> FaceplatformError | None:
    """Return the error with which every session of this policy would be refused here, if any."""
    if policy.liveness != "off" and not get_engine().has_liveness:
        return LivenessUnavailable()
    if not get_calibration().supports(policy.false_match_rate):
        return OperatingPointUnsupported()
    return None


def find(*, client: Any, token: str) -> tuple[AnyKind, CaptureSession]:
    """The client's session of that token. If its credential was revoked, the session ends here at
    the latest.

    Raises:
        SessionNotFound: unknown and foreign alike.
    """
    kind = registry.kind_for_token(token)
    for session in _by_token(kind.session_model, token_digest(token), client.pk):
        return kind, session
    return kind, _cut_off(kind, read(client=client, token=token)[1])


@retried
@transaction.atomic
def _cut_off(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    locked = lock(kind, session)
    if locked.is_cut_off:
        end(kind, locked, status=SessionStatus.CANCELLED, reason=Reason.CREDENTIAL_REVOKED)
    return locked


def read(*, client: Any, token: str) -> tuple[AnyKind, CaptureSession]:
    """The client's session of that token with its users and its credential, as they are at one
    moment: what is asked for later may have been erased.

    Raises:
        SessionNotFound: unknown and foreign alike.
    """
    kind = registry.kind_for_token(token)
    sessions = kind.session_model._default_manager.select_related("credential", *kind.users)
    session = sessions.filter(token_digest=token_digest(token), client=client).first()
    if session is None:
        raise SessionNotFound
    return kind, session


def find_by_token_alone(token: str) -> CaptureSession:
    """The session of a token that came without a client's JWT, with client and credential.

    Raises:
        SessionNotFound
    """
    kind = registry.kind_for_token(token)
    sessions = kind.session_model._default_manager.select_related("client", "credential")
    try:
        found: CaptureSession = sessions.get(
            token_digest=token_digest(token), client__is_active=True
        )
    except ObjectDoesNotExist as e:
        raise SessionNotFound from e
    return found


def lock(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    """The session's row, read anew and held until the transaction ends.

    Raises:
        SessionNotFound: it was deleted meanwhile.
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
        raise SessionFinished(
            f"The session has ended: {session.reason}",
            extra={"session_status": session.status, "reason": session.reason},
        )


def end(
    kind: AnyKind,
    session: CaptureSession,
    *,
    status: SessionStatus,
    reason: Reason,
    similarity: float | None = None,
    liveness_verified: bool = False,
) -> None:
    """Finish a locked session: its samples are deleted and everyone who listens is told.

    Saves the status fields and the frame counters; the kind saves what else it set.
    """
    fields = session.finish(status, reason)
    session.save(update_fields=[*fields, "frames_received", "spoof_frames"])
    kind.discard(session)
    events.publish(
        events.SessionEnded(
            client_id=session.client_id,
            subject_id=session.subject_id,
            at=timezone.now(),
            kind=kind.name,
            session_id=session.pk,
            status=status,
            reason=reason,
            similarity=similarity,
            liveness_verified=liveness_verified,
        )
    )


@retried
@transaction.atomic
def cancel(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    """Cancel an open session.

    Raises:
        SessionExpired, SessionFinished
    """
    locked = lock(kind, session)
    require_open(locked)
    end(kind, locked, status=SessionStatus.CANCELLED, reason=Reason.CANCELLED)
    return locked


@transaction.atomic
def cancel_all(which: Q, *, reason: Reason) -> None:
    """Cancel the open sessions of every kind that the condition holds for."""
    for kind in registry.all_kinds():
        rows = kind.session_model._default_manager.select_for_update()
        for session in rows.filter(which, status__in=OPEN_STATUSES):
            end(kind, session, status=SessionStatus.CANCELLED, reason=reason)


def expire_overdue(*, limit: int = _EXPIRED_AT_ONCE) -> int:
    """Expire sessions past their time, of every kind; returns how many.

    Each in its own transaction, read anew: safe beside frames and beside another such run.
    """
    expired = 0
    for kind in registry.all_kinds():
        overdue = kind.session_model._default_manager.filter(
            status__in=OPEN_STATUSES, expires_at__lte=timezone.now()
        ).order_by("status", "expires_at")  # as the index has them
        for session in overdue[:limit]:
            expired += _expire(kind, session)
    return expired


@retried
@transaction.atomic
def _expire(kind: AnyKind, session: CaptureSession) -> bool:
    """Expire a session unless another run has, or a frame or an erasure ended it; returns whether
    it did. One whose row is held is left to whoever holds it, and to the next run."""
    rows = kind.session_model._default_manager.select_for_update(skip_locked=True)
    locked = rows.filter(pk=session.pk).first()
    if locked is None or not locked.is_overdue(timezone.now()):
        return False
    end(kind, locked, status=SessionStatus.EXPIRED, reason=Reason.EXPIRED)
    return True


def shown_status(session: CaptureSession) -> tuple[str, str]:
    """Status and reason as a reader should see them: overdue is expired, swept or not, and so with
    a revoked credential."""
    if session.is_cut_off:
        return SessionStatus.CANCELLED, Reason.CREDENTIAL_REVOKED
    if session.is_overdue(timezone.now()):
        return SessionStatus.EXPIRED, Reason.EXPIRED
    return session.status, session.reason
