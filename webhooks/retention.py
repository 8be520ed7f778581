"""Housekeeping's part: deliveries that ended long ago are removed, and those that will never be
sent are ended."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from faceplatform.housekeeping import delete_some
from faceplatform.transactions import retried
from webhooks import outbox
from webhooks.catalogue import EventType
from webhooks.models import Delivery, DeliveryState, EndpointState

_PENDING = Q(state=DeliveryState.PENDING)


def remove_old(*, limit: int) -> int:
    """Delete deliveries that ended before FACEPLATFORM_WEBHOOKS_DAYS, with their attempts."""
    return delete_some(Delivery.objects.filter(finished_at__lt=_cutoff()), limit=limit)


def _cutoff() -> datetime:
    return timezone.now() - timedelta(days=settings.FACEPLATFORM_WEBHOOKS_DAYS)


def abandon(*, limit: int) -> int:
    """End pending deliveries of disabled endpoints; and those that have waited as long as ended
    ones are kept, for a paused endpoint or an inactive client."""
    of_disabled = Delivery.objects.filter(_PENDING, endpoint__state=EndpointState.DISABLED)
    waits = Q(endpoint__state=EndpointState.PAUSED) | Q(client__is_active=False)
    too_old = Delivery.objects.filter(_PENDING, waits, created_at__lt=_cutoff())
    ended = _abandon(of_disabled, limit)
    return ended + (_abandon(too_old, limit - ended) if ended < limit else 0)


@retried
@transaction.atomic
def _abandon(rows: QuerySet[Delivery], limit: int) -> int:
    keys = list(rows.values_list("pk", flat=True)[:limit])
    if not keys:
        return 0
    ended = Delivery.objects.filter(_PENDING, pk__in=keys).update(
        state=DeliveryState.ABANDONED,
        claim="",
        next_attempt_at=None,
        finished_at=timezone.now(),
    )
    outbox.finished(Delivery.objects.filter(pk__in=keys, event_type=EventType.SUBJECT_ERASED))
    return ended
