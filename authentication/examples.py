"""Examples for the OpenAPI schema: real answers."""

from drf_spectacular.utils import OpenApiExample

OPEN: list[OpenApiExample] = []
