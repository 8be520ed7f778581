"""Lists: newest first, by cursor, so that a page never shifts under the reader."""

from typing import Any

from rest_framework.pagination import CursorPagination


class NewestFirst(CursorPagination):
    ordering = "-pk"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        address = "https://faces.example.com/api/auth/enrollments/?cursor=cD0xMDQy"

        def link(example: str | None) -> dict[str, Any]:
            return {"type": "string", "format": "uri", "nullable": True, "example": example}

        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link(address), "previous": link(None), "results": schema},
        }
