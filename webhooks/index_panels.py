"""The webhooks panel of the admin's index page: the endpoints whose deliveries fail."""

from dataclasses import dataclass

from django.urls import reverse

from faceplatform.system import index_panels
from faceplatform.system.index_panels import Account, IndexPanel, counted
from webhooks.models import Endpoint, EndpointState

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Failing:
    """Failing endpoints: their number in words, and those that have failed for longest."""

    number: str
    longest: list[Endpoint]
    address: str


def register() -> None:
    """Register the panel."""
    index_panels.register(
        IndexPanel(
            50,
            "Failing webhook endpoints",
            ("webhooks.view_endpoint",),
            "webhooks/panel_failing.html",
            _read,
        )
    )


def _read(account: Account) -> Failing:
    rows = Endpoint.objects.filter(failing_since__isnull=False).exclude(state=EndpointState.DELETED)
    longest = rows.select_related("client").order_by("failing_since")[:_SHOWN]
    address = reverse("admin:webhooks_endpoint_changelist")
    return Failing(counted(rows), list(longest), f"{address}?failing=yes")
