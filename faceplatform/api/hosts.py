"""Checks the Host header, except where machines ask by address."""

import re

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

# Load balancers, container engines and Prometheus use an address or send no Host. No answer here
# depends on the host, and the metrics require their token.
_ASKED_BY_MACHINES = re.compile(r"/api/core/(health|ready)/|/metrics")


class AllowedHostMiddleware(CommonMiddleware):
    """Django's CommonMiddleware, which enforces ALLOWED_HOSTS, with those exceptions."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if _ASKED_BY_MACHINES.fullmatch(request.path_info):
            return None
        return super().process_request(request)
