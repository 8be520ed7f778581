"""The demo client of `make run`."""

from django.utils import timezone

from clients import credentials
from clients.models import Credential

NAME = "demo"


def credential() -> Credential | None:
    """Return the newest credential of the demo client that is in use, if there is one."""
    in_use = Credential.objects.filter(credentials.usable(timezone.now()), client__is_active=True)
    return in_use.filter(client__name=NAME).select_related("client").order_by("-pk").first()
