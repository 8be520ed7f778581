"""Totals of hours, of all clients but sandboxes together: what the admin's index page reads.

They are a row for each hour, type of session and outcome, so that a page reads a few hundred rows
however many sessions and clients there are.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from analytics.models import HourTotal, SessionFact
from faceplatform.housekeeping import delete_some
from faceplatform.matching.model import SANDBOX_PREFIX

COUNTS = ("sessions", "frames_received", "frames_accepted")
_KEPT = timedelta(days=8)
_Key = tuple[datetime, str, str]


def add(facts: Iterable[SessionFact]) -> None:
    """Add facts to the totals of their hours, in the transaction that marks them as counted.
    Those of sandboxes are scripted, and count nowhere.

    Rows are changed in one order for all, and held until the transaction ends.
    """
    sums: dict[_Key, Counter[str]] = defaultdict(Counter)
    for fact in facts:
        if fact.model_key.startswith(SANDBOX_PREFIX):
            continue
        key = (hour_of(fact.ended_at), str(fact.session_type), str(fact.outcome))
        sums[key]["sessions"] += 1
        sums[key]["frames_received"] += fact.frames_received
        sums[key]["frames_accepted"] += fact.frames_accepted
    for (hour, session_type, outcome), counts in sorted(sums.items()):
        row, _ = HourTotal.objects.get_or_create(
            hour=hour, session_type=session_type, outcome=outcome
        )
        HourTotal.objects.filter(pk=row.pk).update(
            **{name: F(name) + count for name, count in counts.items()}
        )


def since(hour: datetime) -> QuerySet[HourTotal]:
    """Return the totals of an hour and of those after it."""
    return HourTotal.objects.filter(hour__gte=hour)


def hour_of(time: datetime) -> datetime:
    """Return the beginning of the hour of UTC that a time is in."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def remove_old(*, limit: int) -> int:
    """Delete the oldest totals after eight days; return how many."""
    old = HourTotal.objects.filter(hour__lt=timezone.now() - _KEPT)
    return delete_some(old.order_by("hour"), limit=limit)
