"""Pagination of lists by cursor, so that new rows do not shift the pages."""

import binascii
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, urlencode

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import Field, Model, Q, QuerySet, UniqueConstraint
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

_PRIMARY_KEY = re.compile(r"[0-9]{1,18}")
_PAGE_SIZE = re.compile(r"[0-9]{1,3}")
_DEFAULT_SIZE, _MAX_SIZE = 50, 200
_LONGEST_POSITION = 300
_LONGEST_CURSOR = 6000  # 255 characters of four bytes each, escaped twice

_CURSOR_FROM = "From `next` or `previous`."
_PAGE_HOLDS = "Number of results on a page."
PAGE_SIZE = OpenApiParameter(
    "page_size",
    {"type": "integer", "minimum": 1, "maximum": _MAX_SIZE, "default": _DEFAULT_SIZE},
    description=_PAGE_HOLDS,
)
CURSOR = OpenApiParameter("cursor", str, description=_CURSOR_FROM)
ORDERING = "ordering"


class _Cursor(NamedTuple):
    """The row that a page begins after.

    Attributes:
        position: its value of the ordered field.
        key: its primary key, which orders rows of the same value.
        is_back: the page is the one before that row.
    """

    position: str
    key: int
    is_back: bool

    def encoded(self) -> str:
        """Return it as text for a URL."""
        members = {"p": self.position, "k": self.key} | ({"r": 1} if self.is_back else {})
        return urlsafe_b64encode(urlencode(members).encode()).decode()


def _decoded(text: str) -> _Cursor | None:
    """Return a cursor from its text; None if it is none of ours."""
    if not text.isascii() or len(text) > _LONGEST_CURSOR:
        return None
    try:
        pairs = parse_qsl(
            urlsafe_b64decode(text).decode(), keep_blank_values=True, strict_parsing=True
        )
    except (binascii.Error, ValueError):
        return None
    members = dict(pairs)
    is_back = members.pop("r", None) == "1"
    if set(members) != {"p", "k"} or not _PRIMARY_KEY.fullmatch(members["k"]):
        return None
    cursor = _Cursor(members["p"], int(members["k"]), is_back)
    return cursor if cursor.encoded() == text else None


class NewestFirst(BasePagination):
    """Pages from the newest row to the oldest. Each begins after the last row of the one before.

    REST framework's own pagination by cursor counts rows of the same value, to a thousand.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """Return the rows of the requested page.

        Raises:
            rest_framework.exceptions.ValidationError, rest_framework.exceptions.NotFound
        """
        self._address = request.build_absolute_uri()
        self._model: type[Model] = queryset.model
        self._order = self.get_order(request, view)
        size, cursor = _page_size(request), self._cursor(request)
        is_back = cursor is not None and cursor.is_back
        rows = self._rows(queryset, cursor)[: size + 1]
        page = list(rows)
        goes_on = len(page) > size
        page = page[:size]
        if is_back:
            page.reverse()
        came_from = cursor is not None and bool(page)
        self._next = page[-1] if page and (came_from if is_back else goes_on) else None
        self._previous = page[0] if page and (goes_on if is_back else came_from) else None
        return page

    def get_order(self, request: Request, view: Any) -> str:
        """Return the field that orders the list, after a minus sign if its highest value is
        first."""
        return "-pk"

    def _rows(self, rows: QuerySet[Any], cursor: _Cursor | None) -> QuerySet[Any]:
        """Return the rows in order, from the cursor on, or back from it."""
        name = self._order.lstrip("-")
        is_descending = self._order.startswith("-") != (cursor is not None and cursor.is_back)
        sign, beyond = ("-", "lt") if is_descending else ("", "gt")
        if _is_unique(self._model, name):
            if cursor:
                value = cursor.key if name == "pk" else cursor.position
                rows = rows.filter(**{f"{name}__{beyond}": value})
            return rows.order_by(f"{sign}{name}")
        if cursor:
            # Without an OR, for which SQLite would read the list from its start.
            not_before = {f"{name}__{beyond}e": cursor.position}
            others = {name: cursor.position, f"pk__{'gte' if is_descending else 'lte'}": cursor.key}
            rows = rows.filter(Q(**not_before) & ~Q(**others))
        # In the direction of the chosen field: an index is read one way or the other.
        return rows.order_by(f"{sign}{name}", f"{sign}pk")

    def _cursor(self, request: Request) -> _Cursor | None:
        text = request.query_params.get(CURSOR.name)
        if text is None:
            return None
        cursor = _decoded(text)
        if cursor is None or not self._is_position(cursor.position):
            raise NotFound("Invalid cursor.")
        return cursor

    def _is_position(self, position: str) -> bool:
        """Return True if a row can have this value of the ordered field."""
        name = self._order.lstrip("-")
        if name == "pk":
            return _PRIMARY_KEY.fullmatch(position) is not None
        try:
            field = cast("Field[Any, Any]", self._model._meta.get_field(name))
            value = field.to_python(position)
            if isinstance(value, datetime):
                value.astimezone(UTC)  # as the database gets it: year 1 in some zones is no year
        except (InvalidValue, OverflowError):
            return False
        is_number = not isinstance(value, float) or math.isfinite(value)
        return is_number and len(position) <= _LONGEST_POSITION

    def get_paginated_response(self, data: Any) -> Response:
        links = {
            "next": self._link(self._next, is_back=False),
            "previous": self._link(self._previous, is_back=True),
        }
        return Response(links | {"results": data})

    def _link(self, row: Any, *, is_back: bool) -> str | None:
        if row is None:
            return None
        position = str(getattr(row, self._order.lstrip("-")))
        cursor = _Cursor(position, row.pk, is_back).encoded()
        return str(replace_query_param(self._address, CURSOR.name, cursor))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = "https://faces.example.com/api/auth/enrollments/?cursor=cD0xMDQyJms9MTA0Mg=="

        def link(example: str | None) -> dict[str, Any]:
            return {"type": ["string", "null"], "format": "uri", "example": example}

        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link(address), "previous": link(None), "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [_parameter(CURSOR.name, {"type": "string"}, _CURSOR_FROM)]


class Ordered(NewestFirst):
    """Pages in the order that the caller chooses among the view's ``ordering_fields``."""

    def get_order(self, request: Request, view: Any) -> str:
        """Return the chosen order.

        Raises:
            rest_framework.exceptions.ValidationError
        """
        choices = _choices(view)
        chosen = request.query_params.get(ORDERING, choices[0])
        if chosen not in choices:
            fault = ErrorDetail(f"Choose one of: {', '.join(choices)}.", "invalid_choice")
            raise ValidationError({ORDERING: [fault]})
        return str(chosen)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        choices = _choices(view)
        return [
            *super().get_schema_operation_parameters(view),
            _parameter(PAGE_SIZE.name, cast("Any", PAGE_SIZE.type), _PAGE_HOLDS),
            _parameter(ORDERING, {"type": "string", "enum": choices, "default": choices[0]}),
        ]


def _page_size(request: Request) -> int:
    """Return the requested size.

    Raises:
        rest_framework.exceptions.ValidationError
    """
    requested = request.query_params.get(PAGE_SIZE.name)
    if requested is None:
        return _DEFAULT_SIZE
    if not _PAGE_SIZE.fullmatch(requested) or not 1 <= int(requested) <= _MAX_SIZE:
        fault = ErrorDetail(f"Send a whole number from 1 to {_MAX_SIZE}.", "invalid")
        raise ValidationError({PAGE_SIZE.name: [fault]})
    return int(requested)


def _parameter(name: str, schema: dict[str, Any], description: str = "") -> dict[str, Any]:
    parameter = {"name": name, "in": "query", "required": False, "schema": schema}
    return parameter | ({"description": description} if description else {})


def _is_unique(model: type[Model], name: str) -> bool:
    """Return True if no two rows of a client have the same value: a further field in the order
    would keep the database from using the index that holds them apart."""
    if name == "pk":
        return True
    return any(
        isinstance(constraint, UniqueConstraint) and constraint.fields == ("client", name)
        for constraint in model._meta.constraints
    )


def _choices(view: Any) -> list[str]:
    """Return the orders that a list has, the default first."""
    signs = ("", "-") if view.is_ascending else ("-", "")
    return [f"{sign}{name}" for name in view.ordering_fields for sign in signs]
