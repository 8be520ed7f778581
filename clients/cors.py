"""The answer that django-cors-headers asks for: if the page that calls may read what it gets."""

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from clients.models import AllowedOrigin
from clients.origins import is_normal
from faceplatform.api.origins import decision_on, page_origin


def may_be_answered(sender: Any, request: HttpRequest, **_: Any) -> bool:
    """Return True if the page may read the answer: a receiver of `check_request_enabled`.

    What comes before the session is known, a preflight above all, depends on all clients.
    """
    if not re.match(settings.CORS_URLS_REGEX, request.path_info):
        return False
    if (decision := decision_on(request)) is not None:
        return decision
    origin = page_origin(request)
    return origin is not None and is_allowed_by_any(origin)


def is_allowed_by_any(origin: str) -> bool:
    """Return True if an active client allows this origin."""
    if not is_normal(origin):
        return False
    return AllowedOrigin.objects.filter(origin=origin, client__is_active=True).exists()
