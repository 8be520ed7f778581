"""Counting and tracing of requests by route: the pattern in urls.py, which contains no token."""

import re
from collections.abc import Callable
from functools import lru_cache
from time import perf_counter

from django.http import HttpRequest, HttpResponse

from faceplatform import metering, tracing
from faceplatform.metrics import REQUEST_SECONDS, REQUESTS
from faceplatform.request_id import current_request_id

_PARAMETER = re.compile(r"<(?:[^<>:]+:)?([^<>:]+)>")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class ObservedMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A caller can send any method, but the number of label values must be limited.
        method = request.method if request.method in _METHODS else "other"
        begin = perf_counter()
        with (
            tracing.span(method, kind="server", carrier=request.headers) as span,
            metering.call() as call,
        ):
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else "none"
            call.operation = f"{method} {documented(route)}"
            call.status = response.status_code
            if span is not None:
                span.update_name(f"{method} /{route}")
                span.set_attributes(
                    {
                        "http.request.method": method,
                        "http.route": route,
                        "http.response.status_code": response.status_code,
                        "faceplatform.request_id": current_request_id(),
                    }
                )
        REQUESTS.labels(method, route, response.status_code).inc()
        REQUEST_SECONDS.labels(route).observe(perf_counter() - begin)
        return response


@lru_cache(maxsize=512)
def documented(route: str) -> str:
    """Return a route as a path of the OpenAPI document: ``/api/users/{user}/``."""
    return "/" + _PARAMETER.sub(r"{\1}", route)
