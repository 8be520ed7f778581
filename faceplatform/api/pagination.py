"""Pagination of lists: newest first, by cursor, so new rows do not shift the pages."""

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, NotFound, ValidationError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

_PRIMARY_KEY = re.compile(r"[0-9]{1,18}")
_PAGE_SIZE = re.compile(r"[0-9]{1,3}")
_DEFAULT_SIZE, _MAX_SIZE = 50, 200

PAGE_SIZE = OpenApiParameter(
    "page_size",
    {"type": "integer", "minimum": 1, "maximum": _MAX_SIZE, "default": _DEFAULT_SIZE},
    description="Number of results on a page.",
)


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
