"""Habits of users, the calls of a client, and the overview of today: from daily totals."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from analytics import dashboard, drift, measures
from analytics.models import AlertRecord, DayHistogram, DaySummary, DayTotal, Outcome, SessionType
from analytics.periods import Period
from analytics.shares import mean, rate
from clients.models import UsageDay

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_USAGE = ("calls", "refused", "frames", "frames_accepted")
MOST_COUNTED = 1000


def of_users(period: Period) -> dict[str, Any]:
    """Return sessions by hour and weekday, and the means of users."""
    rows = DaySummary.objects.filter(**period.of_client())
    found = list(rows.values_list("day", "sessions", "unique_users"))
    weekdays: Counter[str] = Counter(dict.fromkeys(_WEEKDAYS, 0))
    for day, sessions, _ in found:
        weekdays[_WEEKDAYS[day.weekday()]] += sessions
    users = [unique for _, _, unique in found]
    return {
        **period.described(),
        "hours": _hours(period),
        "weekdays": dict(weekdays),
        "unique_users": {"mean": mean(sum(users), len(users)), "most": max(users, default=0)},
        "sessions_per_user": mean(sum(sessions for _, sessions, _ in found), sum(users)),
        "frames_per_success": _frames_per_success(period),
    }


def of_system(period: Period) -> dict[str, Any]:
    """Return the client's calls and frames by day."""
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
        "totals": {**totals, "error_rate": rate(totals["refused"], totals["calls"])},
        "days": days,
    }


def overview(period: Period) -> dict[str, Any]:
    """Return today beside yesterday, the alerts that nobody has resolved, and drift."""
    unresolved = AlertRecord.objects.filter(client=period.client_pk, is_resolved=False)
    newest = unresolved.order_by("-raised_at").values_list("raised_at", flat=True).first()
    return {
        "today": dashboard.of_day(period, period.last),
        "yesterday": dashboard.of_day(period, period.last - timedelta(days=1)),
        "unresolved_alerts": {
            "count": len(unresolved.values("pk")[:MOST_COUNTED]),
            "newest": newest,
        },
        "drifts": drift.alerts(period.client_pk, last=drift.monday_of(period.last) - drift.WEEK),
    }


def _hours(period: Period) -> list[int]:
    hours: Counter[int] = Counter()
    rows = DayHistogram.objects.filter(**period.of_client(), measure=measures.HOUR)
    for bins in rows.values_list("bins", flat=True):
        hours.update({int(hour): count for hour, count in bins.items()})
    return [hours[hour] for hour in range(24)]


def _frames_per_success(period: Period) -> float | None:
    rows = DayTotal.objects.filter(**period.of_client(), outcome=Outcome.SUCCESS)
    sums = rows.exclude(session_type=SessionType.ENROLLMENT).aggregate(
        frames=Sum("frames_received"), sessions=Sum("sessions")
    )
    return mean(sums["frames"] or 0, sums["sessions"] or 0)
