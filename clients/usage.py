"""The usage of clients by day and operation: counted in memory, written every few seconds.

A call adds to counts in the memory of its process, so it costs no statement. The end of the process
writes what is left.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from http import HTTPStatus
from typing import NamedTuple, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from clients.models import Client, UsageDay
from faceplatform.housekeeping import delete_some
from faceplatform.metering import Call
from faceplatform.tally import Tally
from faceplatform.transactions import retried

# Counts of one row, in the order of `_FIELDS`.
_Key = tuple[int, date, str]
_FIELDS = ("calls", "refused", "throttled", "unavailable", "frames", "frames_accepted")


class _Counts(NamedTuple):
    calls: int
    refused: int
    throttled: int
    unavailable: int
    frames: int
    frames_accepted: int

    def plus(self, other: "_Counts") -> "_Counts":
        return _Counts(*(a + b for a, b in zip(self, other, strict=True)))


def record(call: Call) -> None:
    """Count a call that was answered."""
    client = cast("Client", call.client)
    day = timezone.now().astimezone(ZoneInfo(client.time_zone)).date()
    counts = _Counts(
        calls=call.number,
        refused=int(call.status >= HTTPStatus.BAD_REQUEST),
        throttled=int(call.status == HTTPStatus.TOO_MANY_REQUESTS),
        unavailable=int(call.status == HTTPStatus.SERVICE_UNAVAILABLE),
        frames=call.frames,
        frames_accepted=call.frames_accepted,
    )
    _tally.add((client.pk, day, call.operation), counts)


def flush() -> None:
    """Write everything that this process has counted; if that fails, it stays for the next write.

    Raises:
        django.db.Error
    """
    _tally.flush()


def remove_old(*, limit: int) -> int:
    """Delete the oldest days after FACEPLATFORM_USAGE_DAYS; return how many rows."""
    first = timezone.now().date() - timedelta(days=settings.FACEPLATFORM_USAGE_DAYS)
    return delete_some(UsageDay.objects.filter(day__lt=first).order_by("day"), limit=limit)


def totals(client_pk: int, day: date) -> dict[str, int]:
    """Return the client's sums of a day, all operations together, as written so far."""
    sums: Counter[str] = Counter(dict.fromkeys(_FIELDS, 0))
    for row in UsageDay.objects.filter(client=client_pk, day=day).values(*_FIELDS):
        sums.update(row)
    return dict(sums)


@retried
@transaction.atomic
def _write(taken: Mapping[_Key, _Counts]) -> None:
    """Add the counts to their rows: of several processes, each adds in the same order."""
    known = set(
        Client.objects.filter(pk__in={client for client, _, _ in taken}).values_list(
            "pk", flat=True
        )
    )
    for key, counts in sorted(taken.items()):
        if key[0] in known:  # others have been deleted, with their usage
            _add(key, counts)


def _add(key: _Key, counts: _Counts) -> None:
    client, day, operation = key
    rows = UsageDay.objects.filter(client=client, day=day, operation=operation)
    added = {name: F(name) + getattr(counts, name) for name in _FIELDS}
    if rows.update(**added):
        return
    try:
        with transaction.atomic():
            UsageDay.objects.create(
                client_id=client,
                day=day,
                operation=operation,
                **dict(zip(_FIELDS, counts, strict=True)),
            )
    except IntegrityError:  # another process has created the row meanwhile, or the client is gone
        rows.update(**added)


_tally = Tally("Usage", _Counts.plus, _write)
