"""Calls of the API as data, and how addresses, forms and pages of lists are written and read."""

import base64
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic_core import to_jsonable_python

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
# Segments that the API has for itself.
_TAKEN = frozenset({"import", "imports"})
_REPEATABLE_METHODS = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})

File = tuple[str, bytes, str]


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call to make, without the token of the caller.

    Attributes:
        path: below the base address.
        json: the body of a call without ``form`` and ``files``.
        idempotency_key: makes a POST repeatable where the operation keeps answers.
        is_open: needs no token.
        is_harmless: a POST without a key of which a repetition does no harm.
    """

    method: str
    path: str
    params: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    json: Any = field(default=None, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, File] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    idempotency_key: str | None = None
    is_open: bool = False
    is_harmless: bool = False

    @property
    def is_repeatable(self) -> bool:
        """True if a repetition has no second effect."""
        return (
            self.method in _REPEATABLE_METHODS
            or self.idempotency_key is not None
            or self.is_harmless
        )


def new_key() -> str:
    """Return a new ``Idempotency-Key``."""
    return uuid.uuid4().hex


def user_segment(user_id: str) -> str:
    """Return a user's segment of an address: a plain id as it is, else ``~`` and its base64url.

    Proxies change segments such as ``..`` and ``%2F``, so these never reach one.
    """
    if _PLAIN.fullmatch(user_id) and user_id not in _TAKEN:
        return user_id
    return "~" + base64.urlsafe_b64encode(user_id.encode()).rstrip(b"=").decode()


def user_path(user_id: str, below: str = "") -> str:
    """Return the address of a user."""
    return f"/api/clients/users/{user_segment(user_id)}/{below}"


def written(body: Mapping[str, Any]) -> Any:
    """Return a body as JSON has it: times as ISO 8601.

    Raises:
        ValueError: a time has no zone.
    """
    return to_jsonable_python(_zoned(body))


def _zoned(part: Any) -> Any:
    if isinstance(part, Mapping):
        return {name: _zoned(each) for name, each in part.items()}
    if isinstance(part, datetime) and part.tzinfo is None:
        raise ValueError("a time needs a time zone, such as datetime.UTC")
    return part


def given(**members: Any) -> dict[str, Any]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def next_cursor(page: Mapping[str, Any]) -> str | None:
    """Return the cursor of the page after this one; None if it is the last.

    Only the cursor is taken: behind a proxy that is set up badly the address would be another one.
    """
    if page["next"] is None:
        return None
    query = urlsplit(str(page["next"])).query
    return parse_qs(query)["cursor"][0]
