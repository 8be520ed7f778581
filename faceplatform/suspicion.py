"""Hints at an attack, told to the parts that registered for them.

A hint costs the call that gives it no statement: a receiver counts in memory. Hints inside a
transaction are given again if it is retried; give them in ``transaction.on_commit``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Hint(StrEnum):
    """Stable codes of what was seen."""

    LOGIN_FAILED = "login_failed"  # an API key with a wrong secret, or an unknown key
    STAFF_LOGIN_FAILED = "staff_login_failed"
    TOKEN_REFUSED = "token_refused"  # noqa: S105  (a name, no secret)
    UNKNOWN_ID = "unknown_id"  # a well-formed id that the client does not have
    FRAME_REPEATED = "frame_repeated"  # used before in another session
    FRAME_ORDER = "frame_order"  # frames whose numbers contradict each other
    SPOOF_SUSPECTED = "spoof_suspected"  # a session with such a frame, or whose challenge failed
    USER_DELAYED = "user_delayed"  # the first delay of a streak of failures
    ADDRESS_DELAYED = "address_delayed"
    USER_LOCKED = "user_locked"
    ADDRESS_LOCKED = "address_locked"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """One hint.

    Attributes:
        client_pk: the client concerned; None if it is unknown.
        subject_pk: the user concerned, if one is.
    """

    hint: Hint
    client_pk: int | None
    subject_pk: int | None = None


_receivers: list[Callable[[Suspicion], None]] = []


def register(receiver: Callable[[Suspicion], None]) -> None:
    """Add a function that is given each hint."""
    _receivers.append(receiver)


def tell(hint: Hint, *, client_pk: int | None, subject_pk: int | None = None) -> None:
    """Give a hint to the receivers."""
    for receiver in _receivers:
        receiver(Suspicion(hint=hint, client_pk=client_pk, subject_pk=subject_pk))
