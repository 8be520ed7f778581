"""One-time links to the capture page: making, redeeming and forgetting them.

The secret has 256 random bits and is kept as a hash. A link carries the token of one session,
sealed, and gives it to whoever opens the link first. It never outlives the session.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Self
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from capture.errors import (
    CaptureLinkExpired,
    CaptureLinkNotFound,
    CaptureLinkUsed,
    ParentNotAllowed,
    ReturnUrlNotAllowed,
)
from capture.looks import look_of
from capture.models import CaptureLink
from clients.origins import normalized
from faceplatform import events
from faceplatform.events import LinkChange
from faceplatform.housekeeping import delete_some
from faceplatform.sessions import registry
from faceplatform.sessions.errors import SessionNotFound
from faceplatform.sessions.locking import lock, require_open
from faceplatform.sessions.lookup import find_for_holder
from faceplatform.sessions.models import CaptureSession, token_digest
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried

# Log lines show no more of a secret than this prefix (`faceplatform.api.redaction`).
PREFIX = "fcl_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The client's wishes about a link.

    Attributes:
        return_url: the page's address for going on; "" for none.
        language: of the page; "" for the browser's.
        theme: of the page; "" for that of the client's look.
        expires_in: seconds; None for as long as the session.
        parent_origin: the only origin whose pages may show the page in a frame; "" for all of the
            look's ``allowed_parents``.
    """

    return_url: str = ""
    language: str = ""
    theme: str = ""
    expires_in: int | None = None
    parent_origin: str = ""

    @classmethod
    def of(cls, link: CaptureLink) -> Self:
        return cls(**link.options)


class Issued(NamedTuple):
    """A new link. Its secret is not kept."""

    secret: str
    expires_at: datetime


class Redeemed(NamedTuple):
    """A link that was used just now, and its session."""

    link: CaptureLink
    token: str
    session: CaptureSession


def require_allowed(client: Tenant, options: Options | None) -> None:
    """Refuse a link that would lead to, or be shown by, a page of an origin that the client does
    not list.

    Args:
        options: None if no link is asked for.

    Raises:
        ReturnUrlNotAllowed, ParentNotAllowed
    """
    if options is None or not (options.return_url or options.parent_origin):
        return
    look = look_of(client)
    if options.return_url:
        allowed = {*look.return_origins, *client.allowed_origins}
        if _origin_of(options.return_url) not in allowed:
            raise ReturnUrlNotAllowed
    if options.parent_origin and options.parent_origin not in look.allowed_parents:
        raise ParentNotAllowed


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        return normalized(f"{parts.scheme}://{parts.netloc}")
    except ValueError:  # no address, or `NotAnOrigin`
        return ""


@retried
@transaction.atomic
def issue(
    session: CaptureSession, token: str, options: Options, *, is_handover: bool = False
) -> Issued:
    """Make a link to an open session in place of its earlier one that nobody has used.

    Args:
        options: see `require_allowed`.
        is_handover: made by the session's own page, for another device. It replaces all earlier
            ones: another device takes over from the one before.

    Raises:
        SessionNotFound, SessionExpired, SessionFinished
    """
    locked = lock(registry.kind_for_token(token), session)
    require_open(locked)
    earlier = CaptureLink.objects.filter(session_id=locked.public_id, is_handover=is_handover)
    (earlier if is_handover else earlier.filter(redeemed_at=None)).delete()
    now, secret = timezone.now(), PREFIX + secrets.token_urlsafe(32)
    link = CaptureLink(
        digest=token_digest(secret),
        client_id=locked.client_id,
        subject_id=locked.subject_id,
        session_id=locked.public_id,
        is_handover=is_handover,
        options=asdict(options),
        created_at=now,
        expires_at=_end_of(locked, options, now),
        session_expires_at=locked.expires_at,
    )
    link.seal_columns(token.encode())
    link.save(force_insert=True)
    publish(link, LinkChange.HANDED_OVER if is_handover else LinkChange.MADE, at=now)
    return Issued(secret, link.expires_at)


def _end_of(session: CaptureSession, options: Options, now: datetime) -> datetime:
    if options.expires_in is None:
        return session.expires_at
    return min(session.expires_at, now + timedelta(seconds=options.expires_in))


@retried
@transaction.atomic
def redeem(secret: str) -> Redeemed:
    """Use a link up, and return the token of its session.

    Raises:
        CaptureLinkNotFound: unknown, or its client is switched off.
        CaptureLinkUsed
        CaptureLinkExpired: or its session has ended.
    """
    rows = CaptureLink.objects.select_for_update()  # with no join, which would lock the client, too
    link = rows.filter(digest=token_digest(secret)).first()
    if link is None or not link.client.is_active:
        raise CaptureLinkNotFound
    if link.redeemed_at is not None:
        raise CaptureLinkUsed
    now = timezone.now()
    if link.expires_at <= now:
        raise CaptureLinkExpired
    token = link.unseal_column("session_token").decode()
    session = _open_session(token, now)
    link.seal_columns(b"")
    link.redeemed_at = now
    link.save(update_fields=["session_token", "key_id", "redeemed_at"])
    publish(link, LinkChange.REDEEMED, at=now)
    return Redeemed(link, token, session)


def _open_session(token: str, now: datetime) -> CaptureSession:
    try:
        session = find_for_holder(token)
    except SessionNotFound as e:
        raise CaptureLinkExpired from e
    if not session.is_open or session.is_overdue(now) or session.is_cut_off:
        raise CaptureLinkExpired
    return session


def find(secret: str) -> CaptureLink | None:
    """Return a link of an active client, used or not, with its client; None if there is none.
    Changes nothing."""
    rows = CaptureLink.objects.select_related("client")
    return rows.filter(digest=token_digest(secret), client__is_active=True).first()


def forget(*, limit: int) -> int:
    """Delete links of sessions whose time is over, at most so many; return how many."""
    overdue = CaptureLink.objects.filter(session_expires_at__lte=timezone.now())
    return delete_some(overdue.order_by("session_expires_at"), limit=limit)


def count_of(subject_pk: int) -> int:
    """Return the number of links to a user's sessions."""
    return CaptureLink.objects.filter(subject=subject_pk).count()


def publish(link: CaptureLink, change: LinkChange, *, at: datetime) -> None:
    """Publish what became of a link, inside the transaction that wrote it."""
    events.publish(
        events.CaptureLinkChanged(
            client_id=link.client_id,
            subject_id=link.subject_id,
            at=at,
            change=change,
            session_id=link.session_id,
            user_id=link.subject.user_id if link.subject else "",
            expires_at=link.expires_at,
        )
    )
