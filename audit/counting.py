"""Security events: counted in memory, written every few seconds, as usage is.

A hint adds to a count in the memory of its process, so it costs no statement, whoever causes it. A
crash loses what a process counted in those seconds. The rows of an hour are bounded: beyond
`_MOST_NAMED` of a kind, client and hour, a process counts further addresses and users in one row.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from django.utils import timezone

from audit import rules
from audit.models import RaisedAlert, SecurityEvent
from audit.recording import current_actor
from clients.models import Client, Subject
from faceplatform import events
from faceplatform.addresses import network_of
from faceplatform.suspicion import Hint, Suspicion
from faceplatform.tally import Tally
from faceplatform.transactions import is_conflict, retried

log = logging.getLogger(__name__)
_MOST_NAMED = 50


class _Key(NamedTuple):
    hint: Hint
    client_pk: int | None
    subject_pk: int | None
    address: str
    hour: datetime

    def digest(self) -> str:
        parts = (*self[:4], self.hour.isoformat())
        return hashlib.sha256("\n".join(map(str, parts)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Seen:
    first_at: datetime
    last_at: datetime
    count: int = 1

    def plus(self, later: "_Seen") -> "_Seen":
        return _Seen(self.first_at, later.last_at, self.count + later.count)


# The users and addresses that have rows of their own in the hour in hand, by kind and client.
_named: dict[tuple[Hint, int | None, datetime], set[tuple[int | None, str]]] = {}
_naming = Lock()  # of `_named`


def count(suspicion: Suspicion) -> None:
    """Count a hint: a receiver of `faceplatform.suspicion`."""
    now, address = timezone.now(), network_of(current_actor().address)
    hour = now.replace(minute=0, second=0, microsecond=0)
    with _naming:
        key = _key_of(suspicion, address, hour)
    _tally.add(key, _Seen(now, now))


def _key_of(suspicion: Suspicion, address: str, hour: datetime) -> _Key:
    """Return the key to count under: with no user and address if the kind has many already.

    What has been written counts too: the bound is one of the hour, not of one write.
    """
    group = suspicion.hint, suspicion.client_pk, hour
    if group not in _named:
        for old in [other for other in _named if other[2] != hour]:
            del _named[old]
    named, own = _named.setdefault(group, set()), (suspicion.subject_pk, address)
    if len(named) < _MOST_NAMED:
        named.add(own)
    subject_pk, address = own if own in named else (None, "")
    return _Key(suspicion.hint, suspicion.client_pk, subject_pk, address, hour)


def flush() -> None:
    """Write everything that this process has counted, and raise the alerts that are due.

    If the database fails, the counts stay in memory for the next write.

    Raises:
        django.db.Error
    """
    _tally.flush()


def forget() -> None:
    """Drop everything that this process has counted: for tests."""
    _tally.clear()
    with _naming:
        _named.clear()


@retried
@transaction.atomic
def _write(taken: Mapping[_Key, _Seen]) -> None:
    """Add the counts to their rows: of several processes, each adds in the same order."""
    clients = _existing(Client, {key.client_pk for key in taken})
    subjects = _existing(Subject, {key.subject_pk for key in taken})
    written = {
        key: seen
        for key, seen in taken.items()
        # Others have been deleted, with their events.
        if key.client_pk in clients and key.subject_pk in subjects
    }
    for key, seen in sorted(written.items(), key=lambda pair: pair[0].digest()):
        _add(key, seen)
    for hint, client_pk, hour in sorted(
        {(key.hint, key.client_pk, key.hour) for key in written}, key=str
    ):
        _raise_alert(hint, client_pk, hour)


def _existing(model: type[Client | Subject], keys: set[int | None]) -> set[int | None]:
    found = model._default_manager.filter(pk__in=[key for key in keys if key is not None])
    return {None, *found.values_list("pk", flat=True)}


def _add(key: _Key, seen: _Seen) -> None:
    rows = SecurityEvent.objects.filter(key=key.digest())
    added = {"count": F("count") + seen.count, "last_at": seen.last_at}
    if rows.update(**added):
        return
    try:
        with transaction.atomic():
            SecurityEvent.objects.create(
                client_id=key.client_pk,
                kind=key.hint.value,
                severity=rules.SEVERITIES[key.hint],
                address=key.address,
                subject_id=key.subject_pk,
                hour=key.hour,
                first_at=seen.first_at,
                last_at=seen.last_at,
                count=seen.count,
                key=key.digest(),
            )
    except IntegrityError as e:
        if is_conflict(e):  # not the row: the client or the user is gone
            raise
        rows.update(**added)


def _raise_alert(hint: Hint, client_pk: int | None, hour: datetime) -> None:
    """Raise the alert of a rule that is broken, once an hour."""
    most = rules.thresholds(settings.FACEPLATFORM_SECURITY_ALERTS)[hint]
    rows = SecurityEvent.objects.filter(client=client_pk, kind=hint.value, hour=hour)
    number = rows.aggregate(number=Sum("count"))["number"] or 0
    if not most or number < most or not _is_first(_Key(hint, client_pk, None, "", hour)):
        return
    detail = {"kind": hint.value, "count": number, "hour": hour.isoformat()}
    if client_pk is None:  # strangers' doings are the operator's business
        transaction.on_commit(lambda: log.warning("Security alert burst: %s", detail))
        return
    events.publish(
        events.SecurityAlert(
            client_id=client_pk, subject_id=None, at=timezone.now(), alert="burst", detail=detail
        )
    )


def _is_first(rule: _Key) -> bool:
    key = rule.digest()
    if RaisedAlert.objects.filter(key=key).exists():
        return False
    try:
        with transaction.atomic():
            RaisedAlert.objects.create(key=key, hour=rule.hour)
    except IntegrityError:  # another process is first
        return False
    return True


_tally = Tally("Security events", _Seen.plus, _write)
