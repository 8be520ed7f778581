"""Creates endpoints in a server of another process."""

from typing import Protocol

from tests.webhooks.backend import Backend

_CODE = """
from clients.models import Client
from webhooks import endpoint_secrets
from webhooks.models import Endpoint, Subscription
client = Client.objects.get(name={client!r})
to = Endpoint.objects.create(client=client, name="backend", url={url!r})
Subscription.objects.create(endpoint=to, pattern={pattern!r})
print("secret", endpoint_secrets.issue(to))
"""
# Variables of a server that may call loopback.
VARIABLES = {
    "FACEPLATFORM_WEBHOOKS_ALLOW_HTTP": "true",
    "FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS": "127.0.0.0/8",
}


class Managed(Protocol):
    """A server of `tests.deployment`."""

    def manage(self, *arguments: str) -> str: ...


def subscribe(server: Managed, client: str, backend: Backend, pattern: str) -> None:
    """Subscribe a client's backend to events of a server."""
    code = _CODE.format(client=client, url=backend.url, pattern=pattern)
    backend.secret = server.manage("shell", "-c", code).split()[-1]
