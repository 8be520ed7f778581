"""System checks of the older APIs."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connections

from clients.models import Client
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
def bindings(
    app_configs: Any, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Warn of older APIs bound to a client that does not exist: the web server would not start.

    A warning, as `migrate` must run before the first client can be created.
    """
    table = Client._meta.db_table
    if (
        "default" not in (databases or ())
        or table not in connections["default"].introspection.table_names()
    ):
        return []
    return [Warning(message, id="legacy.W003") for message in unknown_clients()]
