"""The panels of the admin's index page. Each part registers its own in `AppConfig.ready()`.

A panel reads few rows along an index, however large the tables are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import QuerySet

# No figure of now counts further.
MOST_COUNTED = 1000


class Account(Protocol):
    """The account of staff that asks."""

    def has_perm(self, perm: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class IndexPanel:
    """A panel of the index page.

    Attributes:
        place: the panels are shown in the order of these numbers.
        permissions: an account that has none of them does not see the panel.
        template: shows the result of `read`, under the name ``panel``.
        read: returns what the panel shows to an account; None for nothing.
    """

    place: int
    title: str
    permissions: tuple[str, ...]
    template: str
    read: Callable[[Account], Any]


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel, and what it shows to one account."""

    title: str
    template: str
    content: Any


_panels: list[IndexPanel] = []


def register(panel: IndexPanel) -> None:
    """Add a panel."""
    _panels.append(panel)


def shown_to(account: Account) -> Iterable[ShownPanel]:
    """Return the panels that an account may see and that have something to show, in order."""
    for panel in sorted(_panels, key=lambda panel: panel.place):
        if any(map(account.has_perm, panel.permissions)):
            content = panel.read(account)
            if content is not None:
                yield ShownPanel(panel.title, panel.template, content)


def counted(rows: QuerySet[Any]) -> str:
    """Return the number of rows in words, having read at most MOST_COUNTED of them."""
    number = len(rows.order_by().values("pk")[:MOST_COUNTED])
    return f"{number:,} or more" if number == MOST_COUNTED else f"{number:,}"
