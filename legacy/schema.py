"""The older APIs in the OpenAPI schema: one tag, deprecated, errors in their own shapes."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

Method = TypeVar("Method", bound=Callable[..., Any])
TAG = "Legacy Recognition"


class LegacyAutoSchema(AutoSchema):
    """Without the problem documents that the main API's operations list."""


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "legacy.authentication.ApiKeyAuthentication"
    name = ["apiKey", "apiSecret"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            {"type": "apiKey", "in": "header", "name": "X-API-Secret"},
        ]


def operation(**described: Any) -> Callable[[Method], Method]:
    """`extend_schema` for one operation of a dialect."""
    describe: Callable[[Method], Method] = extend_schema(tags=[TAG], deprecated=True, **described)

    def decorate(method: Method) -> Method:
        # What `extend_schema` goes on from; without, from the default schema and not the view's.
        method.kwargs = {"schema": LegacyAutoSchema}  # type: ignore[attr-defined]
        return describe(method)

    return decorate
