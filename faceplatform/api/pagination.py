"""Pagination of lists: newest first, by cursor, so new rows do not shift the pages."""

import re
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

_PRIMARY_KEY = re.compile(r"[0-9]{1,18}")


class NewestFirst(CursorPagination):
    ordering = "-pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def decode_cursor(self, request: Request) -> Any:
        """Decode the cursor, and refuse a forged position, which the base class passes on."""
        cursor = super().decode_cursor(request)
        if cursor and cursor.position and not _PRIMARY_KEY.fullmatch(str(cursor.position)):
            raise NotFound(self.invalid_cursor_message)
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = "https://faces.example.com/api/auth/enrollments/?cursor=cD0xMDQy"

        def link(example: str | None) -> dict[str, Any]:
            return {"type": "string", "format": "uri", "nullable": True, "example": example}

        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link(address), "previous": link(None), "results": schema},
        }
