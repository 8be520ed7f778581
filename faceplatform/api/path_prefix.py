"""Serving the product below a path, such as ``/faces/``, of a host that it shares.

Django adds the prefix to the URLs it creates (FORCE_SCRIPT_NAME); this removes it from requests.
"""

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import Http404, HttpRequest, HttpResponse


class OutsidePrefix(Http404):
    """A path does not begin with the prefix."""


class PathPrefixMiddleware:
    """Removes FACEPLATFORM_PATH_PREFIX, without which it is not installed, from requests' paths.

    A path without the prefix is not found. If both forms were served, ``/faces/faces/admin/`` would
    pass a proxy that removes the prefix and refuses ``/faces/admin/``. Only the paths that
    monitoring calls directly work in both forms.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._prefix = settings.FORCE_SCRIPT_NAME
        if not self._prefix:
            raise MiddlewareNotUsed

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.lstrip("/") not in settings.FACEPLATFORM_MACHINE_ADDRESSES:
            below = request.path_info.removeprefix(self._prefix)
            if below == request.path_info or not below.startswith("/"):
                raise OutsidePrefix
            request.path, request.path_info = request.path_info, below
        return self.get_response(request)
