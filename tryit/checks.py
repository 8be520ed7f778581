"""The system check of the page, which acts for a client: the settings of production refuse it."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def only_on_loopback(app_configs: Any, **_: Any) -> list[CheckMessage]:
    """Report a page that is on where others reach the server."""
    is_reached = settings.FACEPLATFORM_TRUSTED_PROXIES or settings.SECURE_PROXY_SSL_HEADER
    if not (settings.FACEPLATFORM_TRY_IT and is_reached):
        return []
    return [
        Error(
            "The page /try/ is on behind a proxy, where others reach it",
            hint="Unset FACEPLATFORM_TRY_IT: it is for `make run` on your own machine.",
            id="tryit.E001",
        )
    ]
