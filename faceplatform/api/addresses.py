"""Addresses that nobody has, and the one that was meant."""

import re

from django.urls import Resolver404, get_script_prefix, resolve

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_SLASHES = re.compile(r"/{2,}")


def nearest(path: str) -> str:
    """The address that differs from this one by slashes only, as the schema writes it.

    Empty where there is none. Parameters are named and not repeated: they may be secrets.
    """
    bare = _SLASHES.sub("/", path).rstrip("/")
    for candidate in (f"{bare}/", bare):
        if candidate == path:
            continue
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        if match.namespaces and match.url_name is None:  # the admin's, which takes any address
            continue
        return get_script_prefix() + _PARAMETER.sub(r"{\1}", match.route)
    return ""
