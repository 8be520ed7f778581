"""Endpoints, deliveries, a clock and a scripted network for tests of the loop."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django.utils import timezone

from clients.models import Client
from webhooks import endpoint_secrets
from webhooks.answers import Answer
from webhooks.loop import DeliveryLoop
from webhooks.models import Delivery, Endpoint

_numbers = count(1)


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = timezone.now()

    def __call__(self) -> datetime:
        return self.time

    def move(self, by: timedelta) -> None:
        self.time += by


def endpoint(client: Client, url: str = "http://127.0.0.1:1/", **fields: Any) -> Endpoint:
    """Return an endpoint with a secret."""
    created = Endpoint.objects.create(client=client, name="backend", url=url, **fields)
    endpoint_secrets.issue(created)
    return created


def pending(to: Endpoint, at: datetime, **fields: Any) -> Delivery:
    """Return a delivery that is due at that time."""
    number = next(_numbers)
    given = {
        "event_type": "enrollment.completed",
        "message_id": f"msg_{number}",
        "body": json.dumps({"type": "enrollment.completed", "data": {"number": number}}),
        "occurred_at": at,
        "next_attempt_at": at,
    }
    return Delivery.objects.create(client=to.client, endpoint=to, **(given | fields))


def answer(status_code: int | None = 204, **fields: Any) -> Answer:
    succeeded = status_code is not None and 200 <= status_code < 300
    given = {
        "status_code": status_code,
        "milliseconds": 3,
        "error": "" if succeeded else "status" if status_code else "timeout",
        "retry_after": None,
        "text": "",
    }
    return Answer(**(given | fields))


class ScriptedSender:
    """Takes the place of `webhooks.http.Sender`: the test decides about every answer.

    Args:
        respond: returns the answer of a request, by URL and webhook-id.
    """

    def __init__(self, respond: Callable[[str, str], Answer]) -> None:
        self._respond = respond
        self.sent: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    def __call__(self) -> "ScriptedSender":
        return self

    async def __aenter__(self) -> "ScriptedSender":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def post(self, url: str, *, body: bytes, headers: dict[str, str], owner: int) -> Answer:
        self.sent.append((url, headers["webhook-id"]))
        self.headers.append(headers)
        return self._respond(url, headers["webhook-id"])


def deliver(clock: Clock) -> None:
    """Run a loop until nothing is due."""
    DeliveryLoop(now=clock).run(until_done=True)
