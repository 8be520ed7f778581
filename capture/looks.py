"""The look of a client's capture page: reading and changing it."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from capture.models import CaptureLook
from clients.models import Client
from faceplatform import events
from faceplatform.tenant import Tenant
from faceplatform.transactions import retried


def look_of(client: Tenant) -> CaptureLook:
    """Return the client's look; one that is not stored where it never set any."""
    found = CaptureLook.objects.filter(client=client.pk).first()
    return found or CaptureLook(client_id=client.pk)


@retried
@transaction.atomic
def change(client: Tenant, values: Mapping[str, Any]) -> CaptureLook:
    """Change fields of the client's look; return it.

    Args:
        values: columns by name; ``logo`` as a PNG, empty to remove it.
    """
    Client.objects.select_for_update().get(pk=client.pk)  # one change of a client's look at a time
    look = look_of(client)
    before = look.recorded
    for name, value in values.items():
        if name == "logo":
            look.set_logo(value)
        else:
            setattr(look, name, value)
    look.save()
    publish_change(look, before=before)
    return look


def publish_change(look: CaptureLook, *, before: Mapping[str, Any]) -> None:
    """Publish a change of a look inside the transaction that wrote it, if anything changed.

    Args:
        before: `CaptureLook.recorded` before the change.
    """
    after = look.recorded
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        events.publish(
            events.CaptureLookChanged(
                client_id=look.client_id,
                subject_id=None,
                at=timezone.now(),
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        )
