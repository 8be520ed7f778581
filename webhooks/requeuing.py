"""Sending deliveries again, one or many, with the same ``webhook-id``; and deleting old ones.

One that is being sent at this moment is left alone: the process that sends it writes its result.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from faceplatform import events
from faceplatform.events import DeliveryChange
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried
from webhooks import deliveries, endpoints, schedule
from webhooks.errors import DeliveryInProgress, EndpointIsDisabled
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState
from webhooks.wake import wake

# The most deliveries that one call sends again, or deletes.
AT_ONCE = 500
FINISHED = (DeliveryState.DELIVERED, DeliveryState.EXHAUSTED, DeliveryState.ABANDONED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Deliveries recorded from one time on and before another; None for no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def of(self, rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
        """Return those of the rows that are in the range."""
        if self.since is not None:
            rows = rows.filter(created_at__gte=self.since)
        return rows if self.until is None else rows.filter(created_at__lt=self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """The place in an endpoint's deliveries at which the next call of a replay goes on."""

    created_at: datetime
    pk: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The number of queued deliveries, and the place to go on; None at the end of the range."""

    queued: int
    position: Position | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The number of deliveries that a bounded call changed, and if it left some over."""

    number: int
    has_more: bool


@retried
@transaction.atomic
def retry(client: Tenant, public_id: UUID) -> Delivery:
    """Send a delivery again, as if for the first time; return it as it is now.

    Raises:
        DeliveryNotFound, EndpointIsDisabled, DeliveryInProgress
    """
    found = deliveries.find(client, public_id)
    _hold_active(client, found.endpoint.public_id)
    if not _queue([found.pk]):
        raise DeliveryInProgress(retry_after=1)
    endpoint_id = found.endpoint.public_id
    _publish(client, DeliveryChange.RETRIED, 1, endpoint_id, delivery_id=public_id)
    return deliveries.find(client, public_id)


@retried
@transaction.atomic
def retry_failed(client: Tenant, within: Range, *, endpoint_id: UUID | None) -> Done:
    """Send exhausted deliveries again, the oldest first: of one endpoint, or of all that are not
    disabled.

    Raises:
        EndpointNotFound, EndpointIsDisabled
    """
    if endpoint_id is None:
        held = endpoints.of_client(client).exclude(state=EndpointState.DISABLED)
        keys = list(held.select_for_update().values_list("pk", flat=True))
    else:
        keys = [_hold_active(client, endpoint_id).pk]
    rows = Delivery.objects.filter(client=client.pk, state=DeliveryState.EXHAUSTED)
    found = _oldest(within.of(rows).filter(endpoint__in=keys))
    number = _queue(found[:AT_ONCE])
    _publish(client, DeliveryChange.FAILED_RETRIED, number, endpoint_id)
    return Done(number=number, has_more=len(found) > AT_ONCE)


@retried
@transaction.atomic
def replay(client: Tenant, endpoint_id: UUID, within: Range, after: Position | None) -> Replayed:
    """Send an endpoint's deliveries of a range again, the oldest first, delivered ones too. Those
    that wait to be sent stay as they are.

    Raises:
        EndpointNotFound, EndpointIsDisabled
    """
    endpoint = _hold_active(client, endpoint_id)
    rows = within.of(Delivery.objects.filter(endpoint=endpoint.pk))
    if after is not None:
        rows = rows.filter(created_at__gte=after.created_at).exclude(
            created_at=after.created_at, pk__lte=after.pk
        )
    page = list(rows.order_by("created_at", "pk")[: AT_ONCE + 1])
    finished = [each.pk for each in page[:AT_ONCE] if each.state in FINISHED]
    last = page[AT_ONCE - 1] if len(page) > AT_ONCE else None
    queued = _queue(finished)
    _publish(client, DeliveryChange.REPLAYED, queued, endpoint_id)
    return Replayed(
        queued=queued,
        position=Position(created_at=last.created_at, pk=last.pk) if last else None,
    )


@retried
@transaction.atomic
def clear(client: Tenant, *, older_than: timedelta, endpoint_id: UUID | None) -> Done:
    """Delete finished deliveries, with their attempts, that were recorded and ended before.

    Raises:
        EndpointNotFound
    """
    end = timezone.now() - older_than
    rows = Delivery.objects.filter(
        client=client.pk, state__in=FINISHED, created_at__lt=end, finished_at__lt=end
    )
    if endpoint_id is not None:
        rows = rows.filter(endpoint=endpoints.find(client, endpoint_id))
    keys = list(rows.select_for_update().values_list("pk", flat=True)[: AT_ONCE + 1])
    Delivery.objects.filter(pk__in=keys[:AT_ONCE]).delete()
    number = len(keys[:AT_ONCE])
    _publish(client, DeliveryChange.CLEARED, number, endpoint_id)
    return Done(number=number, has_more=len(keys) > AT_ONCE)


def _hold_active(client: Tenant, public_id: UUID) -> Endpoint:
    """Return the endpoint, held: it is not disabled until the transaction ends."""
    endpoint = endpoints.hold(client, public_id)
    if endpoint.state == EndpointState.DISABLED:
        raise EndpointIsDisabled
    return endpoint


def _publish(
    client: Tenant,
    change: DeliveryChange,
    number: int,
    endpoint_id: UUID | None,
    *,
    delivery_id: UUID | None = None,
) -> None:
    if number:
        events.publish(
            events.DeliveriesChanged(
                client_id=client.pk,
                subject_id=None,
                at=timezone.now(),
                change=change,
                number=number,
                endpoint_id=endpoint_id,
                delivery_id=delivery_id,
            )
        )


def _oldest(rows: QuerySet[Delivery]) -> list[int]:
    """Return the keys of the oldest, one more than a call takes."""
    return list(rows.order_by("created_at", "pk").values_list("pk", flat=True)[: AT_ONCE + 1])


def _queue(keys: list[int]) -> int:
    """Make deliveries due, with all their attempts ahead; return how many were not being sent."""
    now = timezone.now()
    is_being_sent = Q(state=DeliveryState.PENDING, next_attempt_at__gt=now) & ~Q(claim="")
    queued = (
        Delivery.objects.filter(pk__in=keys)
        .exclude(is_being_sent)
        .update(
            state=DeliveryState.PENDING,
            attempts_made=0,
            next_attempt_at=now,
            claim="",
            finished_at=None,
        )
    )
    if queued:
        _remove_old_attempts(keys)
        transaction.on_commit(wake)
    return queued


def _remove_old_attempts(keys: list[int]) -> None:
    """Leave each delivery so many attempts that all it will have can be shown."""
    by_age = Window(RowNumber(), partition_by="delivery", order_by="-pk")
    kept = deliveries.MOST_ATTEMPTS - len(schedule.WAITS)
    rows = Attempt.objects.filter(delivery__in=keys).annotate(age=by_age).filter(age__gt=kept)
    if old := list(rows.values_list("pk", flat=True)):
        Attempt.objects.filter(pk__in=old).delete()
