"""Writes endpoints and due deliveries of a bench: ``python -m bench.webhook_rows COUNT URL...``."""

import sys
import uuid

import django


def main() -> None:
    """Record so many deliveries for each of the URLs, whose endpoints belong to a new client."""
    django.setup()
    from django.utils import timezone

    from clients import credentials
    from webhooks import endpoint_secrets
    from webhooks.models import Delivery, Endpoint

    count, urls = int(sys.argv[1]), sys.argv[2:]
    client = credentials.create_client(uuid.uuid4().hex, policy={}).credential.client
    body = '{"type":"enrollment.completed","timestamp":"2026-01-01T00:00:00Z","data":{}}'
    endpoints = [Endpoint.objects.create(client=client, name=url, url=url) for url in urls]
    for endpoint in endpoints:
        endpoint_secrets.issue(endpoint)
    now = timezone.now()
    Delivery.objects.bulk_create(
        [
            Delivery(
                client=client,
                endpoint=endpoint,
                message_id=f"msg_{uuid.uuid4().hex}",
                event_type="enrollment.completed",
                body=body,
                occurred_at=now,
                next_attempt_at=now,
            )
            for _ in range(count)
            for endpoint in endpoints
        ],
        batch_size=1000,
    )


if __name__ == "__main__":
    main()
