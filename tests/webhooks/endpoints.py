"""Endpoints as a client makes them, and deliveries as the outbox and the loop leave them."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

from django.utils import timezone

from tests.stage import Api
from webhooks.models import Attempt, Delivery, DeliveryState, Endpoint

HOOKS = "/api/webhooks/"
ENDPOINTS = f"{HOOKS}endpoints/"
URL = "https://hooks.example.com/faceplatform"
_numbers = count(1)


def create(api: Api, **fields: Any) -> Any:
    """Ask for an endpoint, at a URL of its own by default; return the response."""
    url = f"{URL}/{next(_numbers)}"
    asked = {"name": "orders", "url": url, "subscribed_events": ["*"], **fields}
    return api.http.post(ENDPOINTS, asked, format="json")


def endpoint_of(api: Api, **fields: Any) -> Endpoint:
    """Create an endpoint of the client and return its row, with these columns."""
    made = create(api)
    assert made.status_code == 201, made.content
    rows = Endpoint.objects.filter(public_id=made.json()["id"])
    rows.update(**fields)
    return rows.get()


def at(endpoint: Endpoint) -> str:
    """Return the address of an endpoint in the API."""
    return f"{ENDPOINTS}{endpoint.public_id}/"


def delivery(endpoint: Endpoint, *, created_at: datetime | None = None, **fields: Any) -> Delivery:
    """Store a delivery: pending and due by default."""
    now = timezone.now()
    values: dict[str, Any] = {
        "message_id": f"msg_{uuid4().hex}",
        "event_type": "subject.created",
        "body": '{"type":"subject.created","data":{"user_id":"ada"}}',
        "occurred_at": now,
        "next_attempt_at": now,
        **fields,
    }
    made = Delivery.objects.create(client_id=endpoint.client_id, endpoint=endpoint, **values)
    if created_at is not None:
        Delivery.objects.filter(pk=made.pk).update(created_at=created_at)
    return made


def finished(
    endpoint: Endpoint, state: DeliveryState = DeliveryState.EXHAUSTED, **fields: Any
) -> Delivery:
    """Store a delivery that has ended after ten attempts."""
    ended = {"attempts_made": 10, "next_attempt_at": None, "finished_at": timezone.now()}
    return delivery(endpoint, state=state, **(ended | fields))


def attempt(delivered: Delivery, **fields: Any) -> Attempt:
    """Store an attempt of a delivery: a success by default."""
    values: dict[str, Any] = {
        "number": 1,
        "at": timezone.now(),
        "milliseconds": 40,
        "status_code": 204,
        **fields,
    }
    return Attempt.objects.create(
        delivery=delivered,
        client_id=delivered.client_id,
        endpoint_id=delivered.endpoint_id,
        **values,
    )


def ago(**duration: float) -> datetime:
    return timezone.now() - timedelta(**duration)
