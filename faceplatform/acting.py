"""The request in hand, for records of who did something; and acts of staff in the admin.

The middleware sets the request.
"""

from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum

from django.dispatch import Signal
from django.http import HttpRequest, HttpResponse

_current: ContextVar[HttpRequest | None] = ContextVar("request", default=None)

# Sent by the pages of the admin, with `request`, `deed` (a `Deed`), `rows` (the objects it is
# about, none for a list) and `message` (the admin's own description of a change).
staff_acted = Signal()
# Sent about the second factor of an admin account, with `account` and `deed` (a `FactorDeed`).
second_factor_told = Signal()


class Deed(StrEnum):
    """The acts of staff that are recorded."""

    ADDED = "added"
    CHANGED = "changed"
    DELETED = "deleted"
    VIEWED = "viewed"  # one row of personal data
    LISTED = "listed"  # a page of such rows


class FactorDeed(StrEnum):
    """The acts about a second factor that are recorded."""

    ENROLLED = "enrolled"
    REMOVED = "removed"
    REFUSED = "refused"  # a wrong code, after the right password


def current_request() -> HttpRequest | None:
    """Return the request in hand; None if the product acts of its own accord."""
    return _current.get()


class ActingMiddleware:
    """Makes the request known within its own handling."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _current.set(request)
        try:
            return self.get_response(request)
        finally:
            _current.reset(token)
