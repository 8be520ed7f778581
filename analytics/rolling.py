"""The roll-up: adds facts to the totals of their days, each fact once.

A fact is added and marked in one transaction, whenever it was written and however late. So the
order of facts and roll-ups does not matter, and a killed roll-up has done nothing or all.

All roll-ups change the same rows, such as the totals of an hour. So one works at a time: the one
that holds the oldest fact. Another would only wait for it, and does nothing.

The day and hour of a session are those of its end, in the client's time zone as it is when the
session is added.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from analytics import hours, measures, user_totals
from analytics.models import (
    DayHistogram,
    DaySummary,
    DayTotal,
    Outcome,
    SessionFact,
    SessionType,
)
from clients.models import Client
from faceplatform.transactions import retried

_GROUP = ("session_type", "capture_type", "source")
_KEY = (*_GROUP, "outcome", "reason")
_Group = tuple[str, ...]
Row = TypeVar("Row", bound=Model)

# The counts and sums of a `DayTotal`.
TOTAL_FIELDS = (
    *("sessions", "liveness_verified", "duplicates_suspected", "spoof_sessions"),
    *("frames_received", "frames_accepted", "spoof_frames", "duration_ms"),
    *("quality_count", "quality_millionths", "similarity_count", "similarity_millionths"),
    *("liveness_count", "liveness_millionths"),
)


class _Placed(NamedTuple):
    """A fact, and the hour of its day."""

    fact: SessionFact
    hour: int


def roll_up(*, limit: int) -> int:
    """Add at most so many facts to their totals; return how many: 0 while another roll-up works."""
    oldest = _waiting().values_list("pk", flat=True).first()
    return 0 if oldest is None else _roll_up(oldest, limit)


def _waiting() -> QuerySet[SessionFact]:
    return SessionFact.objects.filter(is_counted=False).order_by("ended_at", "pk")


@retried
@transaction.atomic
def _roll_up(oldest: int, limit: int) -> int:
    facts = list(_waiting().select_for_update(skip_locked=True)[:limit])
    if not facts or facts[0].pk != oldest:
        return 0
    for (client_pk, day), placed in sorted(_by_day(facts).items()):  # in one order for all
        _add(client_pk, day, placed)
    user_totals.add_activity(facts)
    hours.add(facts)
    SessionFact.objects.filter(pk__in=[fact.pk for fact in facts]).update(is_counted=True)
    return len(facts)


def _by_day(facts: Sequence[SessionFact]) -> dict[tuple[int, date], list[_Placed]]:
    zones = dict(
        Client.objects.filter(pk__in={fact.client_id for fact in facts}).values_list(
            "pk", "time_zone"
        )
    )
    found = defaultdict(list)
    for fact in facts:
        ended = fact.ended_at.astimezone(ZoneInfo(zones[fact.client_id]))
        found[fact.client_id, ended.date()].append(_Placed(fact, ended.hour))
    return found


def _add(client_pk: int, day: date, placed: Sequence[_Placed]) -> None:
    """Add facts to the totals of a day, whose summary is held from here on."""
    DaySummary.objects.get_or_create(client_id=client_pk, day=day)
    summary = DaySummary.objects.select_for_update().get(client=client_pk, day=day)
    facts = [each.fact for each in placed]
    for name, count in summed(facts).items():
        setattr(summary, name, getattr(summary, name) + count)
    summary.unique_users += user_totals.add_day(client_pk, day, facts)
    summary.counted_at = timezone.now()
    summary.save()
    _add_totals(client_pk, day, facts)
    _add_histograms(client_pk, day, placed)


def summed(facts: Iterable[SessionFact]) -> Counter[str]:
    """Return what facts add to the counts of a `DaySummary`, without unique users."""
    sums: Counter[str] = Counter()
    for fact in facts:
        is_enrollment = fact.session_type == SessionType.ENROLLMENT
        kind = "enrollments" if is_enrollment else "authentications"
        sums["sessions"] += 1
        sums[kind] += 1
        if fact.outcome == Outcome.SUCCESS:
            sums[f"{kind}_succeeded"] += 1
        elif fact.outcome != Outcome.FAILURE:
            sums[fact.outcome] += 1
        elif not is_enrollment:
            sums["authentications_failed"] += 1
        sums["spoof_sessions"] += fact.spoof_frames > 0
        sums["frames_received"] += fact.frames_received
        sums["frames_accepted"] += fact.frames_accepted
    return sums


def added(fact: SessionFact) -> dict[str, int]:
    """Return what a fact adds to the counts of its `DayTotal`."""
    sums = {
        "sessions": 1,
        "liveness_verified": int(fact.liveness_verified),
        "duplicates_suspected": int(fact.duplicate_suspected),
        "spoof_sessions": int(fact.spoof_frames > 0),
        "frames_received": fact.frames_received,
        "frames_accepted": fact.frames_accepted,
        "spoof_frames": fact.spoof_frames,
        "duration_ms": fact.duration_ms,
    }
    scores = {
        "quality": fact.quality,
        "similarity": fact.similarity,
        "liveness": fact.liveness_score,
    }
    for name, score in scores.items():
        sums[f"{name}_count"] = int(score is not None)
        sums[f"{name}_millionths"] = round((score or 0) * 1_000_000)
    return sums


def _add_totals(client_pk: int, day: date, facts: Iterable[SessionFact]) -> None:
    rows = {_values(row, _KEY): row for row in DayTotal.objects.filter(client=client_pk, day=day)}
    changed: dict[_Group, DayTotal] = {}
    for fact in facts:
        key = _values(fact, _KEY)
        row = rows.get(key) or DayTotal(client_id=client_pk, day=day, **_named(_KEY, key))
        rows[key] = changed[key] = row
        for name, count in added(fact).items():
            setattr(row, name, getattr(row, name) + count)
    new, old = _divided(changed.values())
    DayTotal.objects.bulk_create(new)
    DayTotal.objects.bulk_update(old, TOTAL_FIELDS)


def _add_histograms(client_pk: int, day: date, placed: Iterable[_Placed]) -> None:
    key_fields = (*_GROUP, "measure")
    of_day = DayHistogram.objects.filter(client=client_pk, day=day)
    rows = {_values(row, key_fields): row for row in of_day}
    changed: dict[_Group, DayHistogram] = {}
    for fact, hour in placed:
        for measure, number in measures.of_fact(fact, hour).items():
            key = (*_values(fact, _GROUP), measure)
            row = rows.get(key) or DayHistogram(
                client_id=client_pk, day=day, **_named(key_fields, key)
            )
            rows[key] = changed[key] = row
            row.bins[str(number)] = row.bins.get(str(number), 0) + 1
    new, old = _divided(changed.values())
    DayHistogram.objects.bulk_create(new)
    DayHistogram.objects.bulk_update(old, ["bins"])


def _values(row: Model, names: tuple[str, ...]) -> _Group:
    return tuple(str(getattr(row, name)) for name in names)


def _named(names: tuple[str, ...], values: _Group) -> dict[str, Any]:
    return dict(zip(names, values, strict=True))


def _divided(rows: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """Return those that are not stored yet, and the others."""
    given = list(rows)
    return [row for row in given if row.pk is None], [row for row in given if row.pk is not None]
