"""What other parts may hear of: frozen events, one signal, sent inside the transaction.

Receivers run with ``send``, inside the transaction of what they hear of: what they write stands
or falls with it. An exception in a receiver therefore undoes the decision, on purpose. A
transaction that begins anew (`faceplatform.transactions`) tells of it again: what a rollback does
not undo is for ``transaction.on_commit``.
"""

from dataclasses import dataclass
from datetime import datetime

from django.dispatch import Signal

published = Signal()


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events.

    Attributes:
        client_id: primary key of the client it belongs to.
        subject_id: primary key of the user concerned, where one is known.
    """

    client_id: int
    subject_id: int | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded(Event):
    """A capture session reached its end.

    Attributes:
        kind: ``enrollment`` or ``authentication``.
        session_id: the session's primary key in its own table.
        status: its final status.
        reason: stable code of the result.
        similarity: calibrated score 0..1 of the decision, where one was made.
    """

    kind: str
    session_id: int
    status: str
    reason: str
    similarity: float | None = None
    liveness_verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRemoved(Event):
    """A template was removed for good."""

    enrollment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserErased(Event):
    """A user was erased for good, with templates and sessions.

    Attributes:
        user_id: the client's own id of the user, which is in no table any more.
    """

    user_id: str


def publish(event: Event) -> None:
    """Tell all receivers. Call inside the transaction of what happened."""
    published.send(sender=type(event), event=event)
