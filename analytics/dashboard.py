"""The dashboard: one row of totals a day, and nothing else, is read."""

from collections import Counter
from datetime import date
from typing import Any

from analytics.models import DaySummary
from analytics.periods import Period
from analytics.shares import mean, rate

COUNTS = (
    *("sessions", "enrollments", "enrollments_succeeded", "authentications"),
    *("authentications_succeeded", "authentications_failed", "expired", "cancelled"),
    *("spoof_sessions", "frames_received", "frames_accepted"),
)


def of_period(period: Period) -> dict[str, Any]:
    """Return the sums of the period, and the counts of each of its days."""
    rows = DaySummary.objects.filter(**period.of_client()).order_by("day")
    found = list(rows.values("day", "counted_at", "unique_users", *COUNTS))
    totals = Counter(dict.fromkeys(COUNTS, 0))
    for row in found:
        totals.update({name: row[name] for name in COUNTS})
    users = [row["unique_users"] for row in found]
    return {
        **period.described(),
        "as_of": max(filter(None, (row["counted_at"] for row in found)), default=None),
        "totals": {**totals, **rates(totals)},
        "unique_users": {"mean": mean(sum(users), len(users)), "most": max(users, default=0)},
        "days": _by_day(period, found),
    }


def of_day(period: Period, day: date) -> dict[str, Any]:
    """Return the counts of one day of the period's client."""
    rows = DaySummary.objects.filter(client=period.client_pk, day=day)
    row = rows.values("unique_users", *COUNTS).first() or _nothing()
    return {"day": day.isoformat(), **row, **rates(row)}


def rates(counts: Any) -> dict[str, float | None]:
    """Return the rates that counts of a `DaySummary` give."""
    succeeded, failed = counts["authentications_succeeded"], counts["authentications_failed"]
    return {
        "success_rate": rate(succeeded, succeeded + failed),
        "enrollment_success_rate": rate(counts["enrollments_succeeded"], counts["enrollments"]),
        "frame_acceptance_rate": rate(counts["frames_accepted"], counts["frames_received"]),
    }


def _by_day(period: Period, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_day = {row["day"]: row for row in found}
    nothing = _nothing()
    return [
        {
            "day": day.isoformat(),
            **{name: by_day.get(day, nothing)[name] for name in nothing},
        }
        for day in period.days()
    ]


def _nothing() -> dict[str, int]:
    return dict.fromkeys((*COUNTS, "unique_users"), 0)
