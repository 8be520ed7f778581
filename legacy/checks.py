"""System checks of the older APIs."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register


@register(Tags.security)
def anonymous_calls(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Anybody who reaches the address may enroll, recognise and erase people."""
    open_to_all = sorted(
        settings.FACEPLATFORM_LEGACY_ANONYMOUS & settings.FACEPLATFORM_LEGACY_DIALECTS.keys()
    )
    if not open_to_all:
        return []
    return [
        Warning(
            f"The older APIs {', '.join(open_to_all)} take calls without credentials",
            hint="Only for a demo on loopback; elsewhere unset LEGACY_ANONYMOUS.",
            id="legacy.W001",
        )
    ]


@register(Tags.security)
def reset(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """One call erases every user of the bound client."""
    if settings.FACEPLATFORM_LEGACY_RESET and "000" in settings.FACEPLATFORM_LEGACY_DIALECTS:
        hint = "Unset LEGACY_RESET unless losing all users is meant."
        text = "POST /api/reset erases all users of the client that 000 is bound to"
        return [Warning(text, hint=hint, id="legacy.W002")]
    return []
