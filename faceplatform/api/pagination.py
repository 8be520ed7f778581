"""Pagination of lists by cursor, so that new rows do not shift the pages."""

import re
from datetime import UTC, datetime
from typing import Any, cast

from django.core.exceptions import ValidationError as InvalidValue
from django.db.models import Field, Model, UniqueConstraint
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

_PRIMARY_KEY = re.compile(r"[0-9]{1,18}")
_PAGE_SIZE = re.compile(r"[0-9]{1,3}")
_DEFAULT_SIZE, _MAX_SIZE = 50, 200
_LONGEST_POSITION = 300

PAGE_SIZE = OpenApiParameter(
    "page_size",
    {"type": "integer", "minimum": 1, "maximum": _MAX_SIZE, "default": _DEFAULT_SIZE},
    description="Number of results on a page.",
)
ORDERING = "ordering"


class NewestFirst(CursorPagination):
    ordering = "-pk"
    page_size = _DEFAULT_SIZE
    page_size_query_param = PAGE_SIZE.name

    def get_page_size(self, request: Request) -> int:
        """Return the requested size. The base class ignores one that it cannot use.

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

    def decode_cursor(self, request: Request) -> Any:
        """Decode the cursor, and refuse a forged position, which the base class passes on."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position and not _PRIMARY_KEY.fullmatch(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = "https://faces.example.com/api/auth/enrollments/?cursor=cD0xMDQy"

        def link(example: str | None) -> dict[str, Any]:
            return {"type": ["string", "null"], "format": "uri", "example": example}

        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link(address), "previous": link(None), "results": schema},
        }


class Ordered(NewestFirst):
    """Pages in the order that the caller chooses among the view's ``ordering_fields``."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        self._model: type[Model] = queryset.model
        return super().paginate_queryset(queryset, request, view)

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        """Return the chosen order; rows that are equal in it are ordered by their keys.

        Raises:
            rest_framework.exceptions.ValidationError
        """
        choices = _choices(view)
        chosen = request.query_params.get(ORDERING, choices[0])
        if chosen not in choices:
            fault = ErrorDetail(f"Choose one of: {', '.join(choices)}.", "invalid_choice")
            raise ValidationError({ORDERING: [fault]})
        if _is_unique(self._model, chosen.lstrip("-")):
            return (chosen,)
        # In the direction of the chosen field: an index is read one way or the other.
        return (chosen, "-pk" if chosen.startswith("-") else "pk")

    def decode_cursor(self, request: Request) -> Any:
        """Decode the cursor, and refuse a position that the ordered field cannot have."""
        cursor = CursorPagination.decode_cursor(self, request)
        if cursor and cursor.position is not None:
            name = self.ordering[0].lstrip("-")
            if not self._is_position(name, str(cursor.position)):
                raise NotFound(self.invalid_cursor_message)
        return cursor

    def _is_position(self, name: str, position: str) -> bool:
        if name == "pk":
            return _PRIMARY_KEY.fullmatch(position) is not None
        try:
            field = cast("Field[Any, Any]", self._model._meta.get_field(name))
            value = field.to_python(position)
            if isinstance(value, datetime):
                value.astimezone(UTC)  # as the database gets it: year 1 in some zones is no year
        except (InvalidValue, OverflowError):
            return False
        return len(position) <= _LONGEST_POSITION

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        choices = _choices(view)
        page_size = {"name": PAGE_SIZE.name, "in": "query", "required": False}
        ordering = {"name": ORDERING, "in": "query", "required": False}
        return [
            *(p for p in parameters if p["name"] != PAGE_SIZE.name),
            page_size | {"schema": PAGE_SIZE.type, "description": PAGE_SIZE.description},
            ordering | {"schema": {"type": "string", "enum": choices, "default": choices[0]}},
        ]


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
