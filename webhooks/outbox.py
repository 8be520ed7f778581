"""The outbox: deliveries, written in the transaction that they report.

Either both are committed or neither, so no event is lost and none is told that did not happen.
A transaction that is retried after a conflict was rolled back with its deliveries.
"""

import json
import uuid
from collections.abc import Iterable
from functools import cache
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from faceplatform import prepared
from faceplatform.erasure import Owner
from faceplatform.events import Event
from faceplatform.prepared import Prepared
from webhooks.catalogue import EventType
from webhooks.messages import Message, messages_of
from webhooks.models import Attempt, Delivery, DeliveryState, EndpointState, Subscription
from webhooks.payloads import body_of
from webhooks.wake import wake

# Deliveries to a paused endpoint wait; to a disabled one, nothing is recorded.
_RECORDED = (EndpointState.ACTIVE, EndpointState.PAUSED)


def record(event: Event, **_: Any) -> None:
    """Write the deliveries of an event: a receiver of `events.published`.

    Costs one query for an event that can be subscribed to, and one insert where somebody has.
    """
    messages = messages_of(event)
    if not messages:
        return
    subscriptions = _subscriptions(event.client_id, messages)
    rows = [
        row for message in messages for row in _deliveries(event.client_id, message, subscriptions)
    ]
    if rows:
        prepared.insert_all(rows)
        transaction.on_commit(wake)


class _Subscribed(NamedTuple):
    """A subscription, with the primary key and the public id of its endpoint, and the kind of its
    client."""

    pattern: str
    endpoint_pk: int
    endpoint_id: uuid.UUID
    is_sandbox: bool


def _subscriptions(client_pk: int, messages: list[Message]) -> list[_Subscribed]:
    """Return the client's subscriptions to these messages, in the order of the endpoints."""
    patterns = sorted({each for message in messages for each in message.event_type.patterns})
    rows: list[Any] = _matching(len(patterns))(Subscription, client_pk, *patterns)
    found = (
        _Subscribed(row.pattern, row.endpoint_id, row.endpoint_public_id, row.is_sandbox)
        for row in rows
    )
    return sorted(found, key=attrgetter("endpoint_pk"))


@cache
def _matching(number: int) -> Prepared:
    """Return the query for the subscriptions of a client by so many patterns."""

    def ask(rows: Any, client_pk: Any, *patterns: Any) -> Any:
        return rows.filter(
            endpoint__client=client_pk, endpoint__state__in=_RECORDED, pattern__in=patterns
        ).annotate(
            endpoint_public_id=F("endpoint__public_id"),
            is_sandbox=F("endpoint__client__is_sandbox"),
        )

    return Prepared(ask)


def _deliveries(
    client_pk: int, message: Message, subscriptions: list[_Subscribed]
) -> list[Delivery]:
    """Return the rows of a message: one for each endpoint, however many patterns match."""
    endpoints = {
        each.endpoint_pk: None
        for each in subscriptions
        if each.pattern in message.event_type.patterns and each.endpoint_id != message.not_to
    }
    if not endpoints:
        return []
    message_id, now = f"msg_{uuid.uuid4().hex}", timezone.now()
    is_sandbox = subscriptions[0].is_sandbox
    data = message.data()
    body = body_of(message.event_type, at=message.occurred_at, data=data, sandbox=is_sandbox)
    return [
        Delivery(
            client_id=client_pk,
            endpoint_id=endpoint_pk,
            message_id=message_id,
            event_type=message.event_type,
            subject_id=message.subject_pk,
            body=body,
            occurred_at=message.occurred_at,
            state=DeliveryState.PENDING,
            next_attempt_at=now,
        )
        for endpoint_pk in endpoints
    ]


def finished(deliveries: Iterable[Delivery]) -> None:
    """Forget the users that deliveries of `subject.erased` name, now that these have ended.

    Call it in the transaction that ends deliveries, in any state, after their last attempts are
    written: an answer may repeat the id. Others are left as they are: they go with their user.
    """
    for delivery in deliveries:
        if delivery.event_type != EventType.SUBJECT_ERASED:
            continue
        body = json.loads(delivery.body)
        body["data"]["user_id"] = None
        delivery.body = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        delivery.save(update_fields=["body"])
        Attempt.objects.filter(delivery=delivery.pk).update(answer="")


def count_deliveries_of(owner: Owner) -> int:
    """Return the number of deliveries about a user, which go with the user's row."""
    return Delivery.objects.filter(subject=owner.subject_pk).count()
