"""The older APIs in the OpenAPI schema: one tag, deprecated, errors in their own shapes."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import extend_schema

Method = TypeVar("Method", bound=Callable[..., Any])
TAG = "Legacy Recognition"


class LegacyAutoSchema(AutoSchema):
    """The schema without the problem documents that the main API's operations list."""


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "legacy.authentication.ApiKeyAuthentication"
    name = ["apiKey", "apiSecret"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [_header("X-API-Key", "API key"), _header("X-API-Secret", "API secret")]


def _header(name: str, holds: str) -> dict[str, str]:
    return {
        "type": "apiKey",
        "in": "header",
        "name": name,
        "description": (
            f"The {holds} of the client that an older API is bound to, for that API only. "
            "`manage.py create_client` and the admin show key and secret once, when they make "
            "them. Both headers are needed. They do not expire: do not enter them in a browser "
            "that others use."
        ),
    }


def operation(**described: Any) -> Callable[[Method], Method]:
    """Return `extend_schema` for one operation of a dialect."""
    describe: Callable[[Method], Method] = extend_schema(tags=[TAG], deprecated=True, **described)

    def decorate(method: Method) -> Method:
        # `extend_schema` starts from this, otherwise from the default schema and not the view's.
        method.kwargs = {"schema": LegacyAutoSchema}  # type: ignore[attr-defined]
        return describe(method)

    return decorate
