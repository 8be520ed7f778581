"""The operations that usage can name: method and path, as in the OpenAPI documents."""

from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from faceplatform.api.observed import documented


def is_operation(name: str) -> bool:
    """Return True if an address of this server takes calls of this name."""
    return name in _operations(get_resolver())


def nearest_operation(name: str) -> str:
    """Return the operation that is spelled most alike, or an empty string."""
    return next(iter(get_close_matches(name, _operations(get_resolver()), n=1)), "")


@cache
def _operations(resolver: URLResolver) -> frozenset[str]:
    return frozenset(
        f"{method} {documented(route)}"
        for route, view in _views(resolver, "")
        for method in _methods(view)
    )


def _views(resolver: URLResolver, before: str) -> Iterator[tuple[str, Any]]:
    """Return the route and the class of each view."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _views(entry, route)
        elif isinstance(entry, URLPattern) and hasattr(entry.callback, "cls"):
            yield route, entry.callback.cls


def _methods(view: Any) -> Iterator[str]:
    for method in view.http_method_names:
        if hasattr(view, method) or (method == "head" and hasattr(view, "get")):
            yield method.upper()
