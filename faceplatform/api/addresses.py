"""Addresses that do not exist, and the ones that their callers meant."""

import re
from collections.abc import Iterable
from uuid import UUID

from django.urls import Resolver404, get_script_prefix, resolve

from faceplatform.errors import FaceplatformError

_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
_SLASHES = re.compile(r"/{2,}")
_SOME_ID = UUID(int=0)
# No address has more; a longer one costs no further search.
_MOST_PARTS = 10
_hints: dict[str, str] = {}


class AddressUnknown(FaceplatformError):
    """No view has this address, or its view is switched off."""

    code = "not_found"
    status = 404
    title = "There is no such address"


def add_hint(prefix: str, hint: str) -> None:
    """Tell callers of an unknown address that begins so, below the path prefix, how to write it."""
    _hints[prefix] = hint


def hint_for(path: str) -> str:
    """Return the hint about an unknown address, of its longest prefix, or an empty string."""
    found = [prefix for prefix in _hints if path.startswith(prefix)]
    return _hints[max(found, key=len)] if found else ""


def malformed_id(path: str) -> str:
    """Return the name of the parameter whose value would have to be an id, or an empty string."""
    parts = path.split("/")
    if len(parts) > _MOST_PARTS:
        return ""
    for place, part in enumerate(parts):
        if not part:
            continue
        try:
            match = resolve("/".join([*parts[:place], str(_SOME_ID), *parts[place + 1 :]]))
        except Resolver404:
            continue
        for name, value in match.kwargs.items():
            if value == _SOME_ID:
                return name
    return ""


def nearest(path: str) -> str:
    """Return the existing path that differs from this one by slashes only, or an empty string.

    Like in the OpenAPI schema, parameters are replaced by their names, because their values may be
    secrets.
    """
    bare = _bare(path)
    return _existing(each for each in (f"{bare}/", bare) if each != path)


def nearest_below(prefix: str, path: str) -> str:
    """Return the same for a path that does not begin with the path prefix as it is written."""
    bare = _bare(path)
    below = bare.removeprefix(prefix)
    if below == bare or not f"{below}/".startswith("/"):
        return ""
    return _existing((f"{below}/", below))


def _bare(path: str) -> str:
    return _SLASHES.sub("/", path).rstrip("/")


def _existing(candidates: Iterable[str]) -> str:
    """Return the first of these paths that exists, with the path prefix, or an empty string."""
    for candidate in candidates:
        try:
            match = resolve(candidate)
        except Resolver404:
            continue
        if match.namespaces and match.url_name is None:  # the admin's catch-all
            continue
        return get_script_prefix() + _PARAMETER.sub(r"{\1}", match.route)
    return ""
