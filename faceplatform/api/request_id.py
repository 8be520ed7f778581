"""The id of each request, in every log line and answer: the caller's own if it is well-formed."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from faceplatform.request_id import serving

_HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get(_HEADER, "")
        request_id = offered if _WELL_FORMED.fullmatch(offered) else str(uuid.uuid4())
        with serving(request_id):
            response = self.get_response(request)
        response[_HEADER] = request_id
        return response
