"""Reading a client's deliveries and their attempts."""

from uuid import UUID

from django.db.models import QuerySet

from faceplatform.tenant import Tenant
from webhooks.errors import DeliveryNotFound
from webhooks.models import Attempt, Delivery, EndpointState

# Of a delivery that was sent again many times, only the newest are kept, and shown.
MOST_ATTEMPTS = 100


def of_client(client: Tenant) -> QuerySet[Delivery]:
    """Return the client's deliveries, with their endpoints at hand."""
    rows = Delivery.objects.filter(client=client.pk).select_related("endpoint")
    return rows.exclude(endpoint__state=EndpointState.DELETED)


def find(client: Tenant, public_id: UUID) -> Delivery:
    """Return the client's delivery of this id.

    Raises:
        DeliveryNotFound: unknown and foreign alike.
    """
    delivery = of_client(client).filter(public_id=public_id).first()
    if delivery is None:
        raise DeliveryNotFound
    return delivery


def newest_attempts(delivery: Delivery) -> list[Attempt]:
    """Return the newest attempts of a delivery, in order; `MOST_ATTEMPTS` at most."""
    return list(delivery.attempts.order_by("-pk")[:MOST_ATTEMPTS])[::-1]


def attempts_of_client(client: Tenant) -> QuerySet[Attempt]:
    """Return the attempts at all endpoints of the client."""
    rows = Attempt.objects.filter(client=client.pk).exclude(endpoint__state=EndpointState.DELETED)
    return rows.select_related("delivery", "endpoint").defer("delivery__body")
