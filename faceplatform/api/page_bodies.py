"""A limit on the forms of pages, mainly the admin's, before Django reads them.

Only the APIs' parsers apply the limits of `bodies`. Django reads a form of any size to find its
CSRF token, before it knows the user.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from faceplatform.api.bodies import BodyTooLarge

# Enough for a client's policy and names.
_MOST = 64 * 1024


class PageBodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Raise BodyTooLarge for a large form, unless the view belongs to an API."""
        is_api = hasattr(view, "cls")  # set by REST framework
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not is_api and length.isdecimal() and int(length) > _MOST:
            raise BodyTooLarge(_MOST)
