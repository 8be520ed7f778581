"""Another try after a session on the capture page has failed, where the policy allows it.

The try is a session of its own, on the terms of the one before. It takes over the token: the
client's backend, which has no other, reads the last try with it.
"""

from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from capture.errors import RetryNotAllowed
from capture.links import publish
from capture.models import CaptureLink
from faceplatform.errors import FaceplatformError
from faceplatform.events import LinkChange
from faceplatform.sessions import registry
from faceplatform.sessions.locking import lock
from faceplatform.sessions.lookup import shown_status
from faceplatform.sessions.models import OPEN_STATUSES, CaptureSession
from faceplatform.sessions.reasons import Reason, shown_to_browser
from faceplatform.transactions import retried

# Ends after which the same person may succeed at once. A lockout is shown as one of them, and its
# try is refused like any other.
_RETRYABLE = {
    Reason.NO_MATCH,
    Reason.GALLERY_INCOMPLETE,
    Reason.LIVENESS_FAILED,
    Reason.FRAME_LIMIT,
}


class Retry(NamedTuple):
    """The session of another try, and the number of tries that are left after it."""

    session: CaptureSession
    left: int


def retries_left(session: CaptureSession) -> int:
    """Return the number of further tries that the session's link gives; 0 after an end that no
    further try can change."""
    if session.capture_policy.capture_retries == 0:
        return 0
    if not _is_open(session) and not _has_failed(session):
        return 0
    return _left_of(_opened_links(session).first(), session)


@retried
@transaction.atomic
def retry(session: CaptureSession, token: str, *, address: str) -> Retry:
    """Open a session for another try, to which the token leads from now on.

    Returns:
        An open session as it is: the answer that told of it may have been lost.

    Args:
        address: of the caller, if failed identifications count for it.

    Raises:
        RetryNotAllowed: by the policy, the link's time, the end of the session before, or because
            no such session opens now, as after too many failures.
        SessionNotFound
    """
    kind = registry.kind_for_token(token)
    locked = lock(kind, session)
    link = _opened_links(locked).select_for_update().first()
    left = _left_of(link, locked)
    if link is not None and _is_open(locked):
        return Retry(locked, left)
    if link is None or left == 0 or not _has_failed(locked):
        raise RetryNotAllowed
    try:
        opened = kind.reopen(locked, address=address)
    except FaceplatformError as e:
        if e.status >= 500:
            raise
        raise RetryNotAllowed from e  # a browser is not told that a user is locked
    opened.take_token(token, of=locked)
    _lead_to(opened, link)
    return Retry(opened, left - 1)


def _is_open(session: CaptureSession) -> bool:
    status, _ = shown_status(session)
    return status in OPEN_STATUSES


def _has_failed(session: CaptureSession) -> bool:
    """Return True after an end that another try may change, with a credential that still works."""
    is_retryable = session.reason != "" and shown_to_browser(session.reason) in _RETRYABLE
    return is_retryable and not session.is_of_ended_credential


def _left_of(link: CaptureLink | None, session: CaptureSession) -> int:
    if link is None or link.expires_at <= timezone.now():
        return 0
    return max(0, session.capture_policy.capture_retries - link.retries)


def _opened_links(session: CaptureSession) -> QuerySet[CaptureLink]:
    """Return the session's own links that were opened, newest first."""
    rows = CaptureLink.objects.filter(session_id=session.public_id, is_handover=False)
    return rows.exclude(redeemed_at=None).order_by("-pk")


def _lead_to(session: CaptureSession, link: CaptureLink) -> None:
    """Let the link lead to the session of another try; links of other devices end."""
    CaptureLink.objects.filter(session_id=link.session_id, is_handover=True).delete()
    link.session_id = session.public_id
    link.session_expires_at = session.expires_at
    link.retries += 1
    link.save(update_fields=["session_id", "session_expires_at", "retries"])
    publish(link, LinkChange.RETRIED, at=session.created_at)
