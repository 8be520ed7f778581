"""Which Host a request may name."""

import re

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware

# Load balancers, container engines and Prometheus ask by address, or name no host at all. Nothing
# there is made of the host, and the metrics want their token.
_ASKED_BY_MACHINES = re.compile(r"/api/core/(health|ready)/|/metrics")


class AllowedHostMiddleware(CommonMiddleware):
    """Django's, which refuses hosts that ALLOWED_HOSTS does not name; not where machines ask."""

    def process_request(self, request: HttpRequest) -> HttpResponsePermanentRedirect | None:
        if _ASKED_BY_MACHINES.fullmatch(request.path_info):
            return None
        return super().process_request(request)
