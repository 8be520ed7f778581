"""The health of endpoints: the first failure of a run, a day of failures, the end after days.

Called in the transaction that writes the results of attempts. Every change is a conditional update
whose rows are counted, so that of two workers one publishes.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from faceplatform import events
from webhooks.models import Endpoint, EndpointState

TOLD_AFTER = timedelta(days=1)
# The last success is written at most this often: other transactions hold the endpoint's row, too.
_PRECISION = timedelta(seconds=10)


class DisabledReason(StrEnum):
    FAILING = "failing"
    GONE = "gone"  # it answered 410


def note(
    *, succeeded: Collection[int], failed: Collection[int], gone: Collection[int], now: datetime
) -> None:
    """Note how attempts ended, by primary keys of endpoints; publish what follows from it.

    An endpoint with successes among its attempts is no failing one.
    """
    keys = {*succeeded, *failed, *gone}
    for endpoint in Endpoint.objects.filter(pk__in=keys).order_by("pk"):
        if endpoint.pk in succeeded:
            _note_success(endpoint, now)
        elif endpoint.pk not in gone:
            _note_failure(endpoint, now)
        if endpoint.pk in gone:
            rows = Endpoint.objects.filter(pk=endpoint.pk)
            _disable(rows, endpoint, DisabledReason.GONE, now)


def begin_again(event: events.Event, **_: Any) -> None:
    """Forget the failures of a client that is active again: a receiver of `events.published`.

    Nothing was sent to its endpoints meanwhile, so that time is no part of a run of failures.
    """
    if not isinstance(event, events.ClientChanged) or not event.after.get("is_active"):
        return
    endpoints = Endpoint.objects.filter(client=event.client_id, failing_since__isnull=False)
    endpoints.update(failing_since=None, failing_told_at=None)


def _note_success(endpoint: Endpoint, now: datetime) -> None:
    last = endpoint.last_success_at
    # A time ahead of now is that of a clock that was set back.
    is_recent = last is not None and abs(now - last) < _PRECISION
    if endpoint.failing_since is not None or not is_recent:
        Endpoint.objects.filter(pk=endpoint.pk).update(
            failing_since=None, failing_told_at=None, last_success_at=now
        )


def _note_failure(endpoint: Endpoint, now: datetime) -> None:
    since = endpoint.failing_since
    # Not one that began again in the meantime, at another address or after a pause.
    rows = Endpoint.objects.filter(pk=endpoint.pk, failing_since=since)
    if since is None or since > now:
        rows.update(failing_since=now)
        return
    if now - since >= TOLD_AFTER and rows.filter(failing_told_at=None).update(failing_told_at=now):
        events.publish(
            events.EndpointFailing(
                client_id=endpoint.client_id,
                subject_id=None,
                at=now,
                endpoint_id=endpoint.public_id,
                endpoint_name=endpoint.name,
                failing_since=since,
            )
        )
    if now - since >= timedelta(days=settings.FACEPLATFORM_WEBHOOKS_DISABLE_DAYS):
        _disable(rows, endpoint, DisabledReason.FAILING, now)


def _disable(
    rows: QuerySet[Endpoint], endpoint: Endpoint, reason: DisabledReason, now: datetime
) -> None:
    """Disable the endpoint, if the rows still have it."""
    rows = rows.exclude(state__in=(EndpointState.DISABLED, EndpointState.DELETED))
    if rows.update(state=EndpointState.DISABLED, disabled_reason=reason):
        events.publish(
            events.EndpointDisabled(
                client_id=endpoint.client_id,
                subject_id=None,
                at=now,
                endpoint_id=endpoint.public_id,
                endpoint_name=endpoint.name,
                reason=reason,
            )
        )
