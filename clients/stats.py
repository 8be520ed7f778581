"""Totals of a client. Apps above this one register counters of their own tables."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.utils import timezone

from clients import credentials
from clients.models import Credential, Subject
from faceplatform.sessions import registry
from faceplatform.sessions.models import OPEN_STATUSES
from faceplatform.sessions.reasons import FRAME_REASONS, Reason
from faceplatform.sessions.registry import AnyKind

# Of a client with this primary key.
Count = Callable[[int], int]
_counters: dict[str, Count] = {}
# No figure of now counts further: it stands for as many or more.
MOST_COUNTED = 1000

MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Ended:
    """Sessions of one kind that ended in the period.

    Attributes:
        by_reason: their number by the stable code of the end (`faceplatform.sessions.reasons`).
    """

    total: int
    by_reason: dict[str, int]


@dataclass(frozen=True, slots=True)
class Stats:
    """Totals of a client: now, and of the sessions that ended between `since` and `until`."""

    since: datetime
    until: datetime
    users: int
    enrolled_users: int
    credentials_in_use: int
    open_sessions: int
    enrollments: Ended
    authentications: Ended


def register(name: str, counter: Count) -> None:
    """Add a counter, in `AppConfig.ready()`: `enrolled_users`, `imports_unfinished` and
    `webhook_endpoints_failing`."""
    _counters[name] = counter


def in_hand(client_pk: int) -> dict[str, int]:
    """Return what goes on of a client now, each at most `MOST_COUNTED`."""
    now = timezone.now()
    names = ("imports_unfinished", "webhook_endpoints_failing")
    return {
        **{
            f"open_{kind.name}s": bounded(_open(kind, client_pk, now))
            for kind in registry.all_kinds()
        },
        **{name: _counters[name](client_pk) for name in names},
    }


def bounded(rows: models.QuerySet[Any]) -> int:
    """Return the number of rows, at most `MOST_COUNTED`, and read no more than these."""
    return len(rows.order_by().values("pk")[:MOST_COUNTED])


def of_client(client_pk: int, *, days: int) -> Stats:
    """Return the totals of a client, and of its sessions of the last days."""
    now = timezone.now()
    since = now - timedelta(days=days)
    kinds = {kind.name: kind for kind in registry.all_kinds()}
    in_use = Credential.objects.filter(credentials.usable(now), client=client_pk)
    return Stats(
        since=since,
        until=now,
        users=Subject.objects.filter(client=client_pk).count(),
        enrolled_users=_counters["enrolled_users"](client_pk),
        credentials_in_use=in_use.count(),
        open_sessions=sum(_open(kind, client_pk, now).count() for kind in kinds.values()),
        enrollments=_ended(kinds["enrollment"], client_pk, since),
        authentications=_ended(kinds["authentication"], client_pk, since),
    )


def _open(kind: AnyKind, client_pk: int, now: datetime) -> models.QuerySet[Any]:
    sessions: models.QuerySet[Any] = kind.session_model._default_manager.filter(client=client_pk)
    return sessions.filter(status__in=OPEN_STATUSES, expires_at__gt=now)


def _ended(kind: AnyKind, client_pk: int, since: datetime) -> Ended:
    sessions = kind.session_model._default_manager.filter(client=client_pk, finished_at__gte=since)
    counted = sessions.values_list("reason").annotate(models.Count("pk")).order_by()
    by_reason: Counter[str] = Counter()
    for reason, number in counted:
        by_reason[Reason.FRAME_LIMIT.value if reason in FRAME_REASONS else reason] += number
    return Ended(by_reason.total(), dict(sorted(by_reason.items())))
