"""A year of ended sessions of one client, for `bench.analytics`, written without Django's models: a
million in a minute or two."""

import random
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

USERS = 2000
DAYS = 365
_AT_ONCE = 5000
_ENDS = [("success", "matched")] * 18 + [("failure", "no_match"), ("failure", "liveness_failed")]
_CAPTURES = ("webcam", "mobile", "api")


def store(client: Any, count: int, *, to_add: int) -> None:
    """Write so many facts, most of them successful, and the summaries of their days.

    Args:
        to_add: number of the newest, which are left to the roll-up.
    """
    from django.db import connection, transaction
    from django.utils import timezone

    from analytics.models import SessionFact
    from clients.models import Subject

    Subject.objects.bulk_create(
        Subject(client=client, user_id=f"user-{number}") for number in range(USERS)
    )
    subjects = list(Subject.objects.filter(client=client).values_list("pk", flat=True))
    fields = [field for field in SessionFact._meta.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    sql = (
        f"INSERT INTO {connection.ops.quote_name(SessionFact._meta.db_table)} ({names}) "  # noqa: S608
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )
    days: Counter[tuple[date, str, str]] = Counter()
    facts = _facts(client, subjects, count, to_add, timezone.now())
    for _ in range(0, count, _AT_ONCE):
        rows = []
        for fact in islice(facts, _AT_ONCE):
            rows.append([_prepared(field, fact, connection) for field in fields])
            if fact.is_counted:
                days[fact.ended_at.date(), fact.outcome, fact.reason] += 1
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(sql, rows)
    _summarize(client, days)


def _prepared(field: Any, fact: Any, connection: Any) -> Any:
    """Return a column's value as the database takes it."""
    value = getattr(fact, field.attname)
    if value is None or type(value) in (int, float, str, bool):
        return value
    return field.get_db_prep_save(value, connection)


def _facts(
    client: Any, subjects: list[int], count: int, to_add: int, now: datetime
) -> Iterator[Any]:
    """Yield the facts, oldest first: one object, whose members change."""
    dice = random.Random(1)  # noqa: S311  (no secret)
    fact = _fact(client)
    for place in range(count):
        fact.public_id = uuid.UUID(int=dice.getrandbits(128), version=4)
        fact.subject_id = dice.choice(subjects)
        fact.outcome, fact.reason = dice.choice(_ENDS)
        fact.capture_type = dice.choice(_CAPTURES)
        fact.similarity, fact.quality = dice.random(), dice.random()
        fact.duration_ms = int(dice.random() * 10_000)
        fact.ended_at = now - timedelta(days=DAYS) * (1 - place / count)
        fact.is_counted = place < count - to_add
        yield fact


def _fact(client: Any) -> Any:
    from analytics.models import SessionFact

    return SessionFact(
        client=client,
        session_type="verification",
        source="api",
        liveness_verified=False,
        duplicate_suspected=False,
        frames_received=2,
        frames_accepted=1,
        spoof_frames=0,
        stage_milliseconds={"detection": 16.2, "recognition": 48.9},
        model_key="bench/1/none",
    )


def _summarize(client: Any, days: Counter[tuple[date, str, str]]) -> None:
    """Write the summaries of days from the numbers of their sessions by outcome and reason."""
    from analytics import rolling
    from analytics.models import DaySummary

    sums: dict[date, Counter[str]] = {}
    fact = _fact(client)
    for (day, fact.outcome, fact.reason), number in days.items():
        one = rolling.summed([fact])
        sums.setdefault(day, Counter()).update({name: one[name] * number for name in one})
    DaySummary.objects.bulk_create(
        DaySummary(client=client, day=day, **counts) for day, counts in sums.items()
    )
