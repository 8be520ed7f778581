"""Limits on the forms of pages, mainly the admin's, before Django reads them.

Only the APIs' parsers apply the limits of `bodies`. Django reads a form of any size to find its
CSRF token, before it knows the user.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict

from faceplatform.api.bodies import BodyTooLarge, TooManyFields
from faceplatform.api.pages import is_of_admin

# Enough for a client's policy and names.
_MOST = 64 * 1024
# Fields of a form of signed-in staff: a client's policy and its keys, or a page of a list with each
# of its rows selected.
_MOST_FIELDS_OF_STAFF = 1_000


class PageBodyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *_: Any) -> None:
        """Raise BodyTooLarge for a large form, unless the view belongs to an API; read a form of
        staff with its own bound.

        Raises:
            BodyTooLarge, TooManyFields
        """
        if hasattr(view, "cls"):  # set by REST framework
            return
        length = str(request.META.get("CONTENT_LENGTH") or "0")
        if length.isdecimal() and int(length) > _MOST:
            raise BodyTooLarge(_MOST)
        if (
            is_of_admin(request)
            and _has_many_fields(request)
            and admin.site.has_permission(request)
        ):
            _read(request)


def _has_many_fields(request: HttpRequest) -> bool:
    """Return True for a form that Django refuses by its bound for all callers.

    A browser encodes forms without files like this; others keep that bound.
    """
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return is_form and request.body.count(b"&") >= settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def _read(request: HttpRequest) -> None:
    """Read a form in Django's place, which has one bound for all requests."""
    if request.body.count(b"&") >= _MOST_FIELDS_OF_STAFF:
        raise TooManyFields(_MOST_FIELDS_OF_STAFF)
    form = QueryDict(mutable=True)
    for name, value in parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True):
        form.appendlist(name, value)
    of_request: Any = request
    of_request._post, of_request._files = form, MultiValueDict()  # noqa: SLF001  (no public name)
