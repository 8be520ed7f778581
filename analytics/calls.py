"""The calls and frames of a client, as the list of usage counts them."""

from collections import Counter
from datetime import date
from typing import Any

from django.db.models import Sum

from analytics.periods import Period
from analytics.shares import rate
from clients import stats
from clients.models import UsageDay

_USAGE = ("calls", "refused", "throttled", "unavailable", "frames", "frames_accepted")


def of_day(period: Period, day: date) -> dict[str, int]:
    """Return the counts of one day of the period's client."""
    rows = UsageDay.objects.filter(client=period.client_pk, day=day)
    sums = rows.aggregate(**{name: Sum(name, default=0) for name in _USAGE})
    return {name: int(sums[name]) for name in _USAGE}


def of_period(period: Period) -> dict[str, Any]:
    """Return the client's calls and frames by day, and what goes on now."""
    rows = UsageDay.objects.filter(**period.of_client()).order_by("day").values("day")
    by_day: dict[date, dict[str, Any]] = {
        row["day"]: dict(row) for row in rows.annotate(**{name: Sum(name) for name in _USAGE})
    }
    nothing = dict.fromkeys(_USAGE, 0)
    totals: Counter[str] = Counter(nothing)
    days = []
    for day in period.days():
        counts = {name: by_day.get(day, nothing)[name] for name in _USAGE}
        totals.update(counts)
        days.append({"day": day.isoformat(), **counts})
    return {
        **period.described(),
        "now": stats.in_hand(period.client_pk),
        "totals": {**totals, "error_rate": rate(totals["refused"], totals["calls"])},
        "days": days,
    }
