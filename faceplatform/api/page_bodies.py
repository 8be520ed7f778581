"""Forms of pages, the admin's above all: bounded before Django reads them.

The bounds of `bodies` are those of the APIs' parsers. Django looks for the token against forgery in
a form of any size, which it does before it knows who is signed in.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from faceplatform.api.bodies import BodyTooLarge

# A client's policy and a few names.
_MOST = 64 * 1024


class PageBodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Raise BodyTooLarge, unless the view is an API's, or no more is announced. A body in
        chunks, which no browser sends, is announced as long as it may be."""
        of_an_api = hasattr(view, "cls")  # as REST framework marks its views
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if not of_an_api and length.isdecimal() and int(length) > _MOST:
            raise BodyTooLarge(_MOST)
