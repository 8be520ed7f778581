"""Housekeeping's part: deliveries that ended long ago are removed, and those that will never be
sent are ended."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from faceplatform.housekeeping import delete_some
from faceplatform.transactions import retried
from webhooks import outbox
from webhooks.catalogue import EventType
from webhooks.models import Delivery, DeliveryState, Endpoint, EndpointState
from webhooks.requeuing import FINISHED


def remove_old(*, limit: int) -> int:
    """Delete deliveries that ended before FACEPLATFORM_WEBHOOKS_DAYS, with their attempts; and
    ended ones that were recorded twice as long ago, however often they were sent again."""
    removed = delete_some(Delivery.objects.filter(finished_at__lt=_cutoff()), limit=limit)
    if removed < limit:
        removed += delete_some(_recorded_long_ago(limit), limit=limit - removed)
    return removed


def _recorded_long_ago(limit: int) -> QuerySet[Delivery]:
    """Return those among the oldest rows, which the primary key finds without another index."""
    oldest = list(Delivery.objects.order_by("pk").values_list("pk", flat=True)[:limit])
    before = timezone.now() - timedelta(days=2 * settings.FACEPLATFORM_WEBHOOKS_DAYS)
    return Delivery.objects.filter(pk__in=oldest, created_at__lt=before, state__in=FINISHED)


def _cutoff() -> datetime:
    return timezone.now() - timedelta(days=settings.FACEPLATFORM_WEBHOOKS_DAYS)


def abandon(*, limit: int) -> int:
    """End pending deliveries of disabled endpoints; and those that have been due as long as ended
    ones are kept, for a paused endpoint or an inactive client."""
    pending = Delivery.objects.filter(state=DeliveryState.PENDING)
    # By the time at which they became due: one that was sent again may be recorded long ago.
    too_old = pending.filter(next_attempt_at__lt=_cutoff())
    waiting = (
        (pending, Endpoint.objects.filter(state=EndpointState.DISABLED)),
        (too_old, Endpoint.objects.filter(state=EndpointState.PAUSED)),
        (too_old, Endpoint.objects.filter(client__is_active=False)),
    )
    ended = 0
    for rows, endpoints in waiting:  # one after the other: an OR would read all endpoints
        if ended < limit:
            ended += _abandon(rows, endpoints, limit - ended)
    return ended


@retried
@transaction.atomic
def _abandon(rows: QuerySet[Delivery], endpoints: QuerySet[Endpoint], limit: int) -> int:
    """End those of the rows that belong to the endpoints."""
    found = rows.filter(endpoint__in=endpoints).values_list("pk", "endpoint_id")
    keys = dict(found[:limit])
    if not keys:
        return 0
    # Held, so that none begins again until these have ended, and without those that just did.
    held = list(
        endpoints.select_for_update()
        .filter(pk__in=set(keys.values()))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    ended = rows.filter(pk__in=keys, endpoint__in=held).update(
        state=DeliveryState.ABANDONED,
        claim="",
        next_attempt_at=None,
        finished_at=timezone.now(),
    )
    outbox.finished(
        Delivery.objects.filter(
            pk__in=keys, state=DeliveryState.ABANDONED, event_type=EventType.SUBJECT_ERASED
        )
    )
    return ended
