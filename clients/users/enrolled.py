"""The condition that a user is enrolled. Enrollment, which lies above, provides it at start."""

from collections.abc import Callable

from django.db.models import Exists, QuerySet

from clients.models import Subject

_provided: list[Callable[[], Exists]] = []


def provide(condition: Callable[[], Exists]) -> None:
    """Set the condition; its outer query is one of users."""
    _provided[:] = [condition]


def with_enrolled(subjects: QuerySet[Subject]) -> QuerySet[Subject]:
    """Return the users with ``is_enrolled``, in the one statement that reads them."""
    (condition,) = _provided
    return subjects.annotate(is_enrolled=condition())
