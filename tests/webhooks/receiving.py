"""Vocabulary of these tests: endpoints with subscriptions, and what their deliveries tell."""

import json
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from clients.models import Client
from webhooks.models import Delivery, Endpoint, EndpointState, Subscription
from webhooks.reference import published

_SCHEMAS = {each["event_type"]: each["schema"] for each in published()}


def subscribe(
    client: Client, *patterns: str, state: EndpointState = EndpointState.ACTIVE
) -> Endpoint:
    """Create an endpoint of the client with these subscriptions."""
    endpoint = Endpoint.objects.create(
        client=client, name="backend", url="https://example.com/hook", state=state
    )
    Subscription.objects.bulk_create(
        Subscription(endpoint=endpoint, pattern=pattern) for pattern in patterns
    )
    return endpoint


def bodies(endpoint: Endpoint) -> list[dict[str, Any]]:
    """Return the bodies recorded for an endpoint, oldest first: each valid by the schema that is
    published for its type, and small."""
    found = []
    for delivery in Delivery.objects.filter(endpoint=endpoint).order_by("pk"):
        body = json.loads(delivery.body)
        schema = _SCHEMAS[delivery.event_type]
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
        assert body["type"] == delivery.event_type
        assert len(delivery.body.encode()) < 20_000
        found.append(body)
    return found


def types(endpoint: Endpoint) -> list[str]:
    """Return the types of the events recorded for an endpoint, oldest first."""
    return [body["type"] for body in bodies(endpoint)]


def told(endpoint: Endpoint) -> list[tuple[str, str | None]]:
    """Return type and reason of each event recorded for an endpoint, oldest first."""
    return [(body["type"], body["data"].get("reason")) for body in bodies(endpoint)]
