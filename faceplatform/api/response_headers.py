"""Headers of every answer: no cache stores it, and a browser loads nothing but our own files.

An answer that already has one of these headers keeps it, such as a static file's Cache-Control.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

_POLICY = "Content-Security-Policy"
_EVERYWHERE = "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
# Other answers load nothing and send nothing, wherever a browser shows them.
DATA = f"default-src 'none'; form-action 'none'; {_EVERYWHERE}"
PAGE = f"default-src 'self'; img-src 'self' data:; form-action 'self'; {_EVERYWHERE}"
# Redoc has inline styles, and runs its search in a worker created from a blob.
REDOC = f"{PAGE}; style-src 'self' 'unsafe-inline'; worker-src blob:"


class ResponseHeadersMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        # Set by `CallerThrottle`, where it counted the call.
        for name, value in getattr(request, "rate_limit", {}).items():
            response.headers[name] = value
        if not _is_debug_page(response):
            response.headers.setdefault(_POLICY, PAGE if _is_page(response) else DATA)
        return response


def with_policy(policy: str, view: Callable[..., HttpResponseBase]) -> Callable[..., Any]:
    """Return the view with this Content-Security-Policy."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers[_POLICY] = policy
        return response

    return answer


def _is_page(response: HttpResponse) -> bool:
    return response.headers.get("Content-Type", "").startswith("text/html")


def _is_debug_page(response: HttpResponse) -> bool:
    """Return True for Django's debug pages, which have inline styles and scripts."""
    return settings.DEBUG and response.status_code in (404, 500)
