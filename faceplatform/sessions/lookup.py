"""Finding a session by its token, for a client or for the holder of the token alone."""

from contextlib import suppress

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from faceplatform.prepared import Prepared
from faceplatform.sessions import registry
from faceplatform.sessions.ending import cut_short, expire
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.locking import lock
from faceplatform.sessions.models import (
    OPEN_STATUSES,
    CaptureSession,
    SessionStatus,
    token_digest,
)
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried

# Leaves out sessions whose credential was revoked or has expired: the check costs a frame no
# further statement.
_by_token = Prepared(
    lambda rows, digest, client, now: rows.filter(
        Q(credential__expires_at=None) | Q(credential__expires_at__gt=now),
        token_digest=digest,
        client=client,
        credential__revoked_at=None,
    )
)


def find(*, client: Tenant, token: str) -> tuple[AnyKind, CaptureSession]:
    """Return the client's session of that token, and its kind. An overdue session ends here
    at the latest, and so does one whose credential was revoked or has expired.

    Raises:
        SessionNotFound: unknown and foreign alike.
    """
    kind = registry.kind_for_token(token)
    now = timezone.now()
    prepared_now = connection.ops.adapt_datetimefield_value(now)
    for session in _by_token(kind.session_model, token_digest(token), client.pk, prepared_now):
        if session.is_overdue(now):
            expire(kind, session)
        return kind, session
    return kind, _cut_off(kind, find_with_users(client=client, token=token)[1])


@retried
@transaction.atomic
def _cut_off(kind: AnyKind, session: CaptureSession) -> CaptureSession:
    locked = lock(kind, session)
    if locked.is_cut_off:
        cut_short(kind, locked, status=SessionStatus.CANCELLED, reason=Reason.CREDENTIAL_REVOKED)
    return locked


def end_cut_off(*, limit: int) -> int:
    """End open sessions whose credential has expired, at most so many of all kinds together; return
    how many. A lookup of one ends it, too: this is for those that nobody looks up."""
    ended = 0
    for kind in registry.all_kinds():
        cut_off = kind.session_model._default_manager.filter(
            status__in=OPEN_STATUSES, credential__expires_at__lte=timezone.now()
        )
        for session in cut_off[: limit - ended]:
            with suppress(SessionNotFound):  # erased in the meantime
                ended += not _cut_off(kind, session).is_open
    return ended


def find_with_users(*, client: Tenant, token: str) -> tuple[AnyKind, CaptureSession]:
    """Return the same with the session's users and credential, all read at one moment: a later
    query may find a user erased. Ends no session.

    Raises:
        SessionNotFound: unknown and foreign alike.
    """
    kind = registry.kind_for_token(token)
    return kind, _find(kind, token, "credential", *kind.users, client=client.pk)


def find_for_holder(token: str) -> CaptureSession:
    """Return the session of a token that came without a client's JWT, with client and credential.

    Raises:
        SessionNotFound: unknown, or its client is switched off.
    """
    kind = registry.kind_for_token(token)
    return _find(kind, token, "client", "credential", client__is_active=True)


def _find(kind: AnyKind, token: str, *related: str, **condition: object) -> CaptureSession:
    sessions = kind.session_model._default_manager.select_related(*related)
    session: CaptureSession | None = sessions.filter(
        token_digest=token_digest(token), **condition
    ).first()
    if session is None:
        raise SessionNotFound
    return session


def shown_status(session: CaptureSession) -> tuple[str, str]:
    """Return the status and reason to show: an overdue session is shown as expired before it is
    swept, and one whose credential was revoked or has expired as cancelled."""
    if session.is_cut_off:
        return SessionStatus.CANCELLED, Reason.CREDENTIAL_REVOKED
    if session.is_overdue(timezone.now()):
        return SessionStatus.EXPIRED, Reason.EXPIRED
    return session.status, session.reason
