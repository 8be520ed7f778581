"""Claims: the right to attempt a delivery, for one process and a limited time.

A claim moves ``next_attempt_at`` behind the end of the attempt. After a kill the delivery is simply
due again at that time.

Times are those of the machine's clock, which may jump. Ahead: a claim may seem to have ended, which
is why a process never claims a delivery that it has in hand. Back: `put_right` finds deliveries
that are due later than their schedule allows.
"""

import uuid
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Min, QuerySet

from faceplatform.transactions import retried
from webhooks import schedule
from webhooks.lanes import Lanes
from webhooks.models import Delivery, DeliveryState, Endpoint, EndpointState

# Several times an attempt's total timeout: a delivery waits in hand for its endpoint's others.
LEASE = timedelta(seconds=60)
# Groups that one transaction looks into.
_MOST_GROUPS = 50
# Deliveries without a time that one statement gives one.
_MOST_PUT_RIGHT = 100


@dataclass(frozen=True, slots=True)
class Group:
    """The pending deliveries of an endpoint with the same number of attempts.

    Attributes:
        earliest, latest: the first and last time at which one of them is due.
    """

    endpoint_id: int
    attempts_made: int
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this process may attempt."""

    pk: int
    claim: str
    endpoint: Endpoint
    message_id: str
    event_type: str
    body: bytes
    attempts_made: int


def waiting() -> list[Group]:
    """Return the groups of all pending deliveries, new ones first, then by time.

    The index ``delivery_of`` gives each group's ends in one step, however many are in it: a long
    queue of one endpoint does not slow the search for another's.
    """
    # As a range, and grouped by the state too: with an equality MariaDB reads every pending row.
    pending = Delivery.objects.filter(
        state__gte=DeliveryState.PENDING, state__lte=DeliveryState.PENDING
    )
    rows = (
        pending.values_list("state", "endpoint_id", "attempts_made")
        .annotate(earliest=Min("next_attempt_at"), latest=Max("next_attempt_at"))
        .order_by()
    )
    # Without those that have no time at all: see `put_right`.
    groups = [Group(*ends) for _, *ends in rows if None not in ends]
    return sorted(groups, key=lambda group: (group.attempts_made, group.earliest))


def active_endpoints(keys: Collection[int]) -> dict[int, Endpoint]:
    """Return those of the endpoints that are called now, by primary key."""
    found = Endpoint.objects.filter(
        pk__in=keys, state=EndpointState.ACTIVE, client__is_active=True
    ).select_related("client")
    return {endpoint.pk: endpoint for endpoint in found}


def claim(
    groups: list[Group], *, now: datetime, most: int, lanes: Lanes, in_hand: Collection[int]
) -> list[Claimed]:
    """Claim deliveries that are due, and return them.

    Args:
        groups: of `waiting`.
        most: the number to claim at most.
        lanes: what this process has in hand already. It stays as it is.
        in_hand: primary keys of deliveries that this process attempts now.
    """
    due = [
        group
        for group in groups
        if group.earliest <= now and lanes.room_of_endpoint(group.endpoint_id) > 0
    ]
    if not due or most <= 0:
        return []
    endpoints = active_endpoints({group.endpoint_id for group in due})
    due = in_turn(due, endpoints, lanes)[:_MOST_GROUPS]
    return _claim(due, endpoints, now, most, lanes, in_hand) if due else []


def in_turn(groups: list[Group], endpoints: dict[int, Endpoint], lanes: Lanes) -> list[Group]:
    """Return the groups of these endpoints with room, in the order in which they have a turn.

    First comes one group of each client, then a second one of each, and so on. Of one turn, those
    clients come first that have the fewest in hand. A client's own groups keep their order.
    """
    had: Counter[int] = Counter()
    turns: list[tuple[tuple[int, int, datetime], Group]] = []
    for group in groups:
        if (endpoint := endpoints.get(group.endpoint_id)) is None:
            continue
        client = endpoint.client_id
        if lanes.room(endpoint.pk, client):
            turns.append(((had[client], lanes.of(client), group.earliest), group))
            had[client] += 1
    return [group for _, group in sorted(turns, key=lambda turn: turn[0])]


@retried
@transaction.atomic
def _claim(
    due: list[Group],
    endpoints: dict[int, Endpoint],
    now: datetime,
    most: int,
    lanes: Lanes,
    in_hand: Collection[int],
) -> list[Claimed]:
    token = uuid.uuid4().hex
    lanes = lanes.copy()
    keys: list[int] = []
    for group in due:
        endpoint = endpoints[group.endpoint_id]
        count = min(lanes.room(endpoint.pk, endpoint.client_id), most - len(keys))
        if count > 0:
            found = [key for key in _due(group, now)[:count] if key not in in_hand]
            for _ in found:
                lanes.enter(endpoint.pk, endpoint.client_id)
            keys += found
    ours = Delivery.objects.filter(pk__in=keys)
    still_due = ours.filter(state=DeliveryState.PENDING, next_attempt_at__lte=now)
    if not keys or not still_due.update(claim=token, next_attempt_at=now + LEASE):
        return []
    order = {key: place for place, key in enumerate(keys)}
    rows = ours.filter(claim=token).values_list(
        "pk", "endpoint_id", "message_id", "event_type", "body", "attempts_made"
    )
    return [
        Claimed(pk, token, endpoints[endpoint_id], message_id, event_type, body.encode(), made)
        for pk, endpoint_id, message_id, event_type, body, made in sorted(
            rows, key=lambda row: order[row[0]]
        )
    ]


def _due(group: Group, now: datetime) -> QuerySet[Delivery, int]:
    """Return keys of a group's due deliveries, without those that another process is claiming."""
    rows = Delivery.objects.filter(
        state=DeliveryState.PENDING,
        endpoint=group.endpoint_id,
        attempts_made=group.attempts_made,
        next_attempt_at__lte=now,
    )
    if connection.features.has_select_for_update_skip_locked:  # SQLite has one writer
        rows = rows.select_for_update(skip_locked=True)
    return rows.order_by("next_attempt_at").values_list("pk", flat=True)


@retried
def give_back(claimed: Collection[Claimed], *, now: datetime) -> None:
    """Make deliveries due that were claimed and not attempted."""
    for token in {each.claim for each in claimed}:
        keys = [each.pk for each in claimed if each.claim == token]
        Delivery.objects.filter(pk__in=keys, claim=token, state=DeliveryState.PENDING).update(
            claim="", next_attempt_at=now
        )


def put_right(groups: list[Group], *, now: datetime) -> int:
    """Bring forward deliveries that a clock ahead of this one has planned; return their number.

    They become due when a claim of now would end, as another process may have them in hand. Those
    without a time, which no process writes, but a hand may, become due now.
    """
    moved = _give_time(now)
    for group in groups:
        limit = now + schedule.longest_wait(group.attempts_made, lease=LEASE)
        if group.latest > limit:
            moved += _bring_forward(group, later_than=limit, to=now + LEASE)
    return moved


@retried
def _give_time(now: datetime) -> int:
    rows = Delivery.objects.filter(state=DeliveryState.PENDING, next_attempt_at=None)
    keys = list(rows.values_list("pk", flat=True)[:_MOST_PUT_RIGHT])  # mostly none, so no update
    return rows.filter(pk__in=keys).update(next_attempt_at=now) if keys else 0


@retried
def _bring_forward(group: Group, *, later_than: datetime, to: datetime) -> int:
    return Delivery.objects.filter(
        state=DeliveryState.PENDING,
        endpoint=group.endpoint_id,
        attempts_made=group.attempts_made,
        next_attempt_at__gt=later_than,
    ).update(next_attempt_at=to)
