"""Requests that a proxy passed on, told by the headers that proxies add."""

from django.http import HttpRequest
from rest_framework.request import Request

_HEADERS = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-IP",
    "CF-Connecting-IP",
    "True-Client-IP",
)


def is_proxied(request: HttpRequest | Request) -> bool:
    """Return True for a request with a proxy's header: who sent it is not known by its address."""
    return any(name in request.headers for name in _HEADERS)
