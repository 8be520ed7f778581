"""Habits of users, from daily totals."""

from collections import Counter
from typing import Any

from django.db.models import Sum

from analytics import measures, users
from analytics.models import DayHistogram, DaySummary, DayTotal, Outcome, SessionType
from analytics.periods import Period
from analytics.shares import mean

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def of_period(period: Period) -> dict[str, Any]:
    """Return sessions by hour and weekday, and the means of users."""
    rows = DaySummary.objects.filter(**period.of_client())
    found = list(rows.values_list("day", "sessions", "unique_users"))
    weekdays: Counter[str] = Counter(dict.fromkeys(_WEEKDAYS, 0))
    for day, sessions, _ in found:
        weekdays[_WEEKDAYS[day.weekday()]] += sessions
    of_days = [unique for _, _, unique in found]
    return {
        **period.described(),
        "hours": _hours(period),
        "weekdays": dict(weekdays),
        "unique_users": {"mean": mean(sum(of_days), len(of_days)), "most": max(of_days, default=0)},
        "users": users.seen(period).count(),
        "sessions_per_user": mean(sum(sessions for _, sessions, _ in found), sum(of_days)),
        "frames_per_success": _frames_per_success(period),
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
