"""System checks of the older APIs."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from clients.models import Client
from clients.services import client_by_name_or_id
from legacy.binding import unknown_clients


@register(Tags.security)
def anonymous_calls(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of anonymous calls: anybody at the address may enroll, recognize and erase people."""
    open_to_all = sorted(
        settings.FACEPLATFORM_LEGACY_ANONYMOUS & settings.FACEPLATFORM_LEGACY_DIALECTS.keys()
    )
    if not open_to_all:
        return []
    return [
        Warning(
            f"The older APIs {', '.join(open_to_all)} take calls without credentials",
            hint="Only for a demo on loopback; elsewhere unset FACEPLATFORM_LEGACY_ANONYMOUS.",
            id="legacy.W001",
        )
    ]


@register(Tags.security)
def reset(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Warn of 000's reset: one call erases every user of the bound client."""
    if settings.FACEPLATFORM_LEGACY_RESET and "000" in settings.FACEPLATFORM_LEGACY_DIALECTS:
        hint = "Unset FACEPLATFORM_LEGACY_RESET unless losing all users is meant."
        text = "POST /api/reset erases all users of the client that 000 is bound to"
        return [Warning(text, hint=hint, id="legacy.W002")]
    return []


@register(Tags.database)
def single_images(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn of older APIs bound to a client whose policy demands more images of an enrollment than
    the one that they take."""
    if not _has_clients(databases):
        return []
    found = {
        dialect: client_by_name_or_id(named)
        for dialect, named in sorted(settings.FACEPLATFORM_LEGACY_DIALECTS.items())
    }
    return [
        Warning(
            f"{dialect} enrolls users of {client.name} from one image, and the client's policy has "
            f"min_target_samples {client.capture_policy.min_target_samples}",
            hint="Bind it to a client of its own, or unbind it; see docs/migrating.md.",
            id="legacy.W004",
        )
        for dialect, client in found.items()
        if client is not None and client.capture_policy.min_target_samples > 1
    ]


@register(Tags.database)
def bindings(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn of older APIs bound to a client that does not exist: the web server would not start.

    A warning, as `migrate` must run before the first client can be created.
    """
    if not _has_clients(databases):
        return []
    return [Warning(message, id="legacy.W003") for message in unknown_clients()]


def _has_clients(databases: Sequence[str] | None) -> bool:
    """Return True if the check may read clients: their database is checked, and has all columns.
    `migrate` runs the checks before it adds them."""
    if "default" not in (databases or ()):
        return False
    table, connection = Client._meta.db_table, connections["default"]
    if table not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        described = connection.introspection.get_table_description(cursor, table)
    columns = {field.column for field in Client._meta.local_concrete_fields}
    return columns <= {column.name for column in described}
