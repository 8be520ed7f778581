"""Examples for the OpenAPI schema: real answers."""

from drf_spectacular.utils import OpenApiExample

FRAME_ANSWERS: list[OpenApiExample] = []
SESSION_STATUS: list[OpenApiExample] = []
SESSION_CANCELLED: list[OpenApiExample] = []
