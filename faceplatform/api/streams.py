"""The calls of one stream, as the web server and the views see them (`faceplatform.web.stream`)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request

# The mapping that the calls of one stream share, in the environment of each. No header of a caller
# gets such a name (PEP 3333).
SHARED = "faceplatform.stream"
_ENDED = "ended"


def shared_of(request: Request | HttpRequest) -> dict[str, Any] | None:
    """Return what earlier calls of the stream kept for later ones; None outside of a stream."""
    shared: dict[str, Any] | None = request.META.get(SHARED)
    return shared


def end(shared: dict[str, Any]) -> None:
    """Have the web server close the stream after the answer."""
    shared[_ENDED] = True


def has_ended(shared: dict[str, Any]) -> bool:
    return bool(shared.get(_ENDED))
