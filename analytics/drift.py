"""Drift: the distributions of each week beside those of a reference week.

Weeks begin on Monday and are over: the week in hand is not compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from analytics import expectation, measures
from analytics.measures import Bins
from analytics.models import DayHistogram
from analytics.periods import Period
from analytics.stability import ALERT_FROM, LEAST_VALUES, stability_index

WEEKS = 8
# Names of measures here, by those of histograms.
_MEASURES = {
    measures.QUALITY: "quality",
    measures.SIMILARITY_ACCEPTED: "similarity",
    measures.SIMILARITY_REFUSED: "similarity",
}
WEEK = timedelta(days=7)


_GROUP = ("session_type", "capture_type", "source")
# A measure, and the values of `_GROUP`.
_Series = tuple[str, ...]


def of_weeks(period: Period, *, weeks: int, reference: date | None) -> dict[str, Any]:
    """Return, for each series, the index of each of the last weeks.

    Args:
        reference: a day of the reference week; without one, the first of these weeks that has
            enough values, of each series its own.
    """
    last = monday_of(period.last) - WEEK
    series = _series(period.client_pk, last, weeks=weeks, reference=reference)
    return {
        "time_zone": period.time_zone,
        "alert_from": ALERT_FROM,
        "series": series,
        "expectations": expectation.of_week(period.client_pk, last),
    }


def alerts(client_pk: int, *, last: date) -> list[dict[str, Any]]:
    """Return the series of a client that meet the rule of an alert in a week.

    Args:
        last: the Monday of the week.
    """
    found = [
        (series, series["weeks"][-1])
        for series in _series(client_pk, last, weeks=WEEKS, reference=None)
    ]
    return [
        {**{name: series[name] for name in ("measure", *_GROUP)}, **week}
        for series, week in found
        if week["is_alert"]
    ]


def monday_of(day: date) -> date:
    """Return the first day of the day's week."""
    return day - timedelta(days=day.weekday())


def _series(
    client_pk: int, last: date, *, weeks: int, reference: date | None
) -> list[dict[str, Any]]:
    mondays = [last - WEEK * back for back in reversed(range(weeks))]
    given = None if reference is None else monday_of(reference)
    found = _by_series(client_pk, [*mondays, *([given] if given else [])])
    return [
        {**_named(series), **_compared(found[series], mondays, given)} for series in sorted(found)
    ]


def _compared(
    by_week: dict[date, Bins], mondays: Iterable[date], given: date | None
) -> dict[str, Any]:
    known = given or next((day for day in mondays if by_week[day].total() >= LEAST_VALUES), None)
    reference = by_week[known] if known else Counter()
    return {
        "reference_week": known.isoformat() if known else None,
        "reference_values": reference.total(),
        "weeks": [_week(day, by_week[day], reference) for day in mondays],
    }


def _week(monday: date, week: Bins, reference: Bins) -> dict[str, Any]:
    values = week.total()
    psi = stability_index(week, reference) if values and reference.total() else None
    is_enough = min(values, reference.total()) >= LEAST_VALUES
    return {
        "week": monday.isoformat(),
        "values": values,
        "psi": None if psi is None else round(psi, 4),
        "is_alert": psi is not None and is_enough and psi >= ALERT_FROM,
    }


def _by_series(client_pk: int, mondays: list[date]) -> dict[_Series, dict[date, Bins]]:
    found: dict[_Series, dict[date, Bins]] = defaultdict(lambda: defaultdict(Counter))
    for monday in set(mondays):
        rows = DayHistogram.objects.filter(
            client=client_pk, day__gte=monday, day__lt=monday + WEEK, measure__in=_MEASURES
        )
        for measure, *group, bins in rows.values_list("measure", *_GROUP, "bins"):
            week = found[_MEASURES[measure], *group][monday]
            week.update({int(number): count for number, count in bins.items()})
    return found


def _named(series: _Series) -> dict[str, str]:
    return dict(zip(("measure", *_GROUP), series, strict=True))
