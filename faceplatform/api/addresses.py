"""Suggestions for URLs that do not exist."""

import re

from django.urls import Resolver404, get_script_prefix, resolve

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_SLASHES = re.compile(r"/{2,}")


def nearest(path: str) -> str:
    """Return the existing path that differs from this one by slashes only, or an empty string.

    Like in the OpenAPI schema, parameters are replaced by their names, because their values may be
    secrets.
    """
    bare = _SLASHES.sub("/", path).rstrip("/")
    for candidate in (f"{bare}/", bare):
        if candidate == path:
            continue
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        if match.namespaces and match.url_name is None:  # the admin's catch-all
            continue
        return get_script_prefix() + _PARAMETER.sub(r"{\1}", match.route)
    return ""
