"""The check of the Host header, with exceptions for machines that call an IP address."""

import re

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

# Load balancers, container engines and Prometheus call an IP address or send no Host. None of these
# answers depends on the host, and the metrics require their token.
_CALLED_BY_MACHINES = re.compile(r"/api/core/(health|ready)/|/metrics")


class AllowedHostMiddleware(CommonMiddleware):
    """Django's CommonMiddleware, which enforces ALLOWED_HOSTS, with these exceptions."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if _CALLED_BY_MACHINES.fullmatch(request.path_info):
            return None
        return super().process_request(request)
