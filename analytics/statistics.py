"""Counts by outcome, reason and origin, and means: from the daily totals alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Sum

from analytics.models import DaySummary, DayTotal, Outcome, SessionType
from analytics.periods import Period
from analytics.rolling import TOTAL_FIELDS
from analytics.shares import mean, mean_score, rate

_CROSSED = ("session_type", "outcome", "reason")
GROUPINGS = ("session_type", "capture_type", "source", "outcome", "reason")


def of_period(period: Period) -> dict[str, Any]:
    """Return the counts by each member of a session, and the means of all sessions."""
    rows = _sums(period, *GROUPINGS)
    return {
        **period.described(),
        "sessions": sum(row["sessions"] for row in rows),
        "means": means(rows),
        **{f"by_{name}": _by(name, rows) for name in GROUPINGS},
        "outcomes": _crossed(rows),
    }


def by_day(period: Period) -> dict[str, Any]:
    """Return, for each day, outcomes and reasons, means, unique users and new enrollments."""
    rows_of = defaultdict(list)
    for row in _sums(period, "day", "session_type", "outcome", "reason"):
        rows_of[row["day"]].append(row)
    summaries = DaySummary.objects.filter(**period.of_client())
    users = dict(summaries.values_list("day", "unique_users"))
    days = [
        {"day": day.isoformat(), "unique_users": users.get(day, 0), **_of_day(rows_of[day])}
        for day in period.days()
    ]
    return {**period.described(), "days": days}


def means(rows: Iterable[Mapping[str, int]]) -> dict[str, float | None]:
    """Return the means over sessions that rows of sums stand for."""
    sums: Counter[str] = Counter()
    for row in rows:
        sums.update({name: row[name] for name in TOTAL_FIELDS})
    scores = {
        f"{name}_mean": mean_score(sums[f"{name}_millionths"], sums[f"{name}_count"])
        for name in ("quality", "similarity", "liveness")
    }
    return {
        **scores,
        "duration_ms_mean": mean(sums["duration_ms"], sums["sessions"]),
        "frames_mean": mean(sums["frames_received"], sums["sessions"]),
        "spoof_rate": rate(sums["spoof_sessions"], sums["sessions"]),
    }


def _sums(period: Period, *names: str) -> list[dict[str, Any]]:
    rows = DayTotal.objects.filter(**period.of_client()).order_by().values(*names)
    return list(rows.annotate(**{name: Sum(name) for name in TOTAL_FIELDS}))


def _by(name: str, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the counts of each value of a member, the most frequent first."""
    sessions: Counter[str] = Counter()
    succeeded: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for row in rows:
        value = row[name]
        sessions[value] += row["sessions"]
        succeeded[value] += row["sessions"] * (row["outcome"] == Outcome.SUCCESS)
        failed[value] += row["sessions"] * (row["outcome"] == Outcome.FAILURE)
    return [
        {
            "value": value,
            "sessions": count,
            "success_rate": rate(succeeded[value], succeeded[value] + failed[value]),
        }
        for value, count in sorted(sessions.items(), key=lambda item: (-item[1], item[0]))
    ]


def _crossed(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the counts of each session type, outcome and reason, the most frequent first."""
    sessions: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        sessions[tuple(row[name] for name in _CROSSED)] += row["sessions"]
    return [
        {**dict(zip(_CROSSED, values, strict=True)), "sessions": count}
        for values, count in sorted(sessions.items(), key=lambda item: (-item[1], item[0]))
    ]


def _of_day(rows: list[dict[str, Any]]) -> dict[str, Any]:
    outcomes = Counter(dict.fromkeys(Outcome.values, 0))
    reasons: Counter[str] = Counter()
    new = 0
    for row in rows:
        outcomes[row["outcome"]] += row["sessions"]
        reasons[row["reason"]] += row["sessions"]
        is_new = row["session_type"] == SessionType.ENROLLMENT
        new += row["sessions"] * (is_new and row["outcome"] == Outcome.SUCCESS)
    return {
        "new_enrollments": new,
        "outcomes": dict(outcomes),
        "reasons": dict(sorted(reasons.items())),
        "means": means(rows),
    }
