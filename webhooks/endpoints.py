"""A client's endpoints: their life from creation to deletion.

An endpoint is active; or paused by its client, so that deliveries wait; or disabled after failures,
so that nothing is recorded for it. Resuming makes it active, whichever it was.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from clients import stats
from clients.models import Client
from clients.services import require_visible
from faceplatform import events
from faceplatform.events import EndpointChange, WebhookEndpointChanged
from faceplatform.housekeeping import delete_some
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried
from webhooks import endpoint_secrets
from webhooks.errors import (
    EndpointExists,
    EndpointIsDisabled,
    EndpointLimitReached,
    EndpointNotFound,
)
from webhooks.http import require_allowed_url
from webhooks.models import Delivery, Endpoint, EndpointState, Subscription
from webhooks.wake import wake


def of_client(client: Tenant) -> QuerySet[Endpoint]:
    """Return the client's endpoints."""
    return Endpoint.objects.filter(client=client.pk).exclude(state=EndpointState.DELETED)


def count_failing(client_pk: int) -> int:
    """Return the number of a client's endpoints that fail, and of those disabled after failures."""
    fails = Q(state=EndpointState.DISABLED) | Q(failing_since__isnull=False)
    rows = Endpoint.objects.filter(fails, client=client_pk).exclude(state=EndpointState.DELETED)
    return stats.bounded(rows)


def find(client: Tenant, public_id: UUID) -> Endpoint:
    """Return the client's endpoint of this id.

    Raises:
        EndpointNotFound: unknown and foreign alike.
    """
    endpoint = of_client(client).filter(public_id=public_id).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


def hold(client: Tenant, public_id: UUID) -> Endpoint:
    """Return the client's endpoint of this id, with its row held until the transaction ends.

    Raises:
        EndpointNotFound
    """
    endpoint = of_client(client).select_for_update().filter(public_id=public_id).first()
    if endpoint is None:
        raise EndpointNotFound
    return endpoint


@retried
@transaction.atomic
def create(
    client: Tenant, *, name: str, url: str, subscribed_events: Collection[str], by: UUID | None
) -> tuple[Endpoint, str]:
    """Create an endpoint; return it and its secret, which nothing shows again.

    Args:
        subscribed_events: patterns of `webhooks.catalogue.PATTERNS`, each once.
        by: public id of the credential that asks for it; None for the operator.

    Raises:
        EndpointExists, EndpointLimitReached
        clients.services.NameNotAllowed
        webhooks.http.EndpointUrlRefused
    """
    require_visible(name, "name")
    usual_url = require_allowed_url(url)
    _hold_client(client)
    _require_free(client, usual_url)
    _require_room(client)
    endpoint = Endpoint.objects.create(client_id=client.pk, name=name, url=usual_url)
    _subscribe(endpoint, subscribed_events)
    secret = endpoint_secrets.issue(endpoint)
    _publish(endpoint, EndpointChange.CREATED, by)
    return endpoint, secret


@retried
@transaction.atomic
def change(
    client: Tenant,
    public_id: UUID,
    *,
    name: str | None = None,
    url: str | None = None,
    subscribed_events: Collection[str] | None = None,
    by: UUID | None,
) -> Endpoint:
    """Change what is given. Another address begins without failures; the secret stays.

    Raises:
        EndpointExists, EndpointNotFound
        clients.services.NameNotAllowed
        webhooks.http.EndpointUrlRefused
    """
    if url is not None:
        _hold_client(client)
    endpoint = hold(client, public_id)
    changed = []
    if name is not None and name != endpoint.name:
        require_visible(name, "name")
        _save(endpoint, name=name)
        changed.append("name")
    if url is not None and (usual_url := require_allowed_url(url)) != endpoint.url:
        _require_free(client, usual_url)
        _save(endpoint, url=usual_url, failing_since=None, failing_told_at=None)
        changed.append("url")
    if subscribed_events is not None and set(subscribed_events) != set(patterns_of(endpoint)):
        endpoint.subscriptions.all().delete()
        _subscribe(endpoint, subscribed_events)
        changed.append("subscribed_events")
    if changed:
        _publish(endpoint, EndpointChange.CHANGED, by, tuple(changed))
    return endpoint


@retried
@transaction.atomic
def delete(client: Tenant, public_id: UUID, *, by: UUID | None) -> None:
    """Delete an endpoint with its secrets. What waits is never sent.

    There may be millions of deliveries, so they are left to `remove_deleted`.

    Raises:
        EndpointNotFound
    """
    endpoint = hold(client, public_id)
    endpoint.subscriptions.all().delete()
    endpoint.secrets.all().delete()
    _save(endpoint, state=EndpointState.DELETED, name="", url="")
    _publish(endpoint, EndpointChange.DELETED, by)


def remove_deleted(*, limit: int) -> int:
    """Remove deliveries of deleted endpoints, and endpoints without any left; return how many."""
    deleted = Endpoint.objects.filter(state=EndpointState.DELETED)
    keys = list(deleted.values_list("pk", flat=True)[:limit])
    if not keys:
        return 0
    if removed := delete_some(Delivery.objects.filter(endpoint__in=keys), limit=limit):
        return removed
    return delete_some(deleted.filter(pk__in=keys), limit=limit)


@retried
@transaction.atomic
def pause(client: Tenant, public_id: UUID, *, by: UUID | None) -> Endpoint:
    """Let deliveries wait. No effect if the endpoint is paused.

    Raises:
        EndpointNotFound, EndpointIsDisabled
    """
    endpoint = hold(client, public_id)
    if endpoint.state == EndpointState.DISABLED:
        raise EndpointIsDisabled
    if endpoint.state == EndpointState.ACTIVE:
        _save(endpoint, state=EndpointState.PAUSED)
        _publish(endpoint, EndpointChange.PAUSED, by)
    return endpoint


@retried
@transaction.atomic
def resume(client: Tenant, public_id: UUID, *, by: UUID | None) -> Endpoint:
    """Make an endpoint active again, without the failures it had. No effect if it is active.

    Raises:
        EndpointNotFound
    """
    endpoint = hold(client, public_id)
    if endpoint.state != EndpointState.ACTIVE:
        _save(
            endpoint,
            state=EndpointState.ACTIVE,
            disabled_reason="",
            failing_since=None,
            failing_told_at=None,
        )
        _publish(endpoint, EndpointChange.RESUMED, by)
        transaction.on_commit(wake)
    return endpoint


@retried
@transaction.atomic
def regenerate_secret(
    client: Tenant, public_id: UUID, *, overlap: timedelta, by: UUID | None
) -> tuple[Endpoint, str]:
    """Give an endpoint a new secret; return both. The old one goes on for the overlap.

    Raises:
        EndpointNotFound
    """
    endpoint = hold(client, public_id)
    secret = endpoint_secrets.regenerate(endpoint, overlap=overlap)
    _publish(endpoint, EndpointChange.SECRET_REGENERATED, by)
    return endpoint, secret


def patterns_of(endpoint: Endpoint) -> list[str]:
    """Return what an endpoint is subscribed to, in alphabetical order."""
    return sorted(each.pattern for each in endpoint.subscriptions.all())


def _hold_client(client: Tenant) -> None:
    """Hold the client's row until the transaction ends: no other call gives an endpoint a URL."""
    Client.objects.select_for_update().get(pk=client.pk)


def _require_free(client: Tenant, url: str) -> None:
    """Refuse a URL that an endpoint has: its receiver would get each event once for either.

    Compared here, not by the database, whose collation may take other URLs for the same.
    """
    for public_id, taken in of_client(client).values_list("public_id", "url"):
        if taken == url:
            raise EndpointExists(extra={"endpoint_id": str(public_id)})


def _require_room(client: Tenant) -> None:
    """Refuse a further endpoint than the client's limit. Its row is held."""
    held = Client.objects.get(pk=client.pk)
    limit = held.limits_in_force.webhook_endpoints
    if of_client(held).count() >= limit:
        raise EndpointLimitReached(f"The limit is {limit} endpoints", extra={"limit": limit})


def _save(endpoint: Endpoint, **values: Any) -> None:
    for name, value in values.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(values))


def _subscribe(endpoint: Endpoint, patterns: Collection[str]) -> None:
    rows = [Subscription(endpoint=endpoint, pattern=pattern) for pattern in patterns]
    Subscription.objects.bulk_create(rows)


def _publish(
    endpoint: Endpoint, change: EndpointChange, by: UUID | None, changed: tuple[str, ...] = ()
) -> None:
    events.publish(
        WebhookEndpointChanged(
            client_id=endpoint.client_id,
            subject_id=None,
            at=timezone.now(),
            endpoint_id=endpoint.public_id,
            change=change,
            changed=changed,
            by=by,
        )
    )
