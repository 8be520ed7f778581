"""The registry of the kinds of a user's data: each part of the product registers its own in
`AppConfig.ready()`.

Deleting a user's row deletes every row that refers to it. A part registers its rows so that the
receipt of an erasure counts them, and a scrub for what refers to no user's row and is about the
user all the same.
"""

from collections.abc import Callable
from typing import NamedTuple


class Owner(NamedTuple):
    """The user whose data it is, by primary keys."""

    client_pk: int
    subject_pk: int


class Part(NamedTuple):
    """One kind of data.

    Attributes:
        kind: its name in a receipt, such as ``templates``.
        count: returns the number of the user's rows.
        scrub: removes what stays when the user's row is deleted; None where nothing does.
    """

    kind: str
    count: Callable[[Owner], int]
    scrub: Callable[[Owner], object] | None


_registered: list[Part] = []


def register(
    kind: str,
    count: Callable[[Owner], int],
    *,
    scrub: Callable[[Owner], object] | None = None,
) -> None:
    """Add a kind of data; for the arguments see `Part`."""
    _registered.append(Part(kind, count, scrub))


def counts(owner: Owner) -> dict[str, int]:
    """Return the number of the user's rows of each kind, 0 included."""
    return {part.kind: part.count(owner) for part in _registered}


def scrub(owner: Owner) -> None:
    """Remove the user's data that does not go with the user's row."""
    for part in _registered:
        if part.scrub is not None:
            part.scrub(owner)
