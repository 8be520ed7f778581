"""A refusal is answered once the request has been read to its end, so that it arrives.

The server closes a connection on which more of a request comes than was read. A caller that still
sends its picture would learn of a broken connection instead of 401, 429 or 503.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError

_PIECE = 65536


class UnreadBodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code >= 400 and _may_be_read(request):
            _read_on(request)
        return response


def _may_be_read(request: HttpRequest) -> bool:
    """Whether it announces no more than a request may have: of a longer one nothing is read."""
    length = request.headers.get("Content-Length", "0")
    return length.isdecimal() and int(length) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _read_on(request: HttpRequest) -> None:
    try:
        while request.read(_PIECE):
            pass
    except (UnreadablePostError, SuspiciousOperation):
        """The caller has gone, or sends chunks that are none or too many."""
