"""The older APIs in the OpenAPI schema: one tag, deprecated, errors in their own shapes."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import extend_schema

from faceplatform.api.schema import OpenAutoSchema
from faceplatform.api.schema_documents import ViewsGenerator
from legacy.binding import is_bound

_REFUSALS = {
    401: "The credentials are missing or not valid.",
    403: "The credentials belong to another client, or lack the scope.",
    413: "The request has too many bytes.",
    415: "The request's content type is not supported.",
    429: "Too many requests.",
    503: "The service cannot answer at the moment.",
}
Method = TypeVar("Method", bound=Callable[..., Any])
TAG = "Legacy Recognition"
_DESCRIPTION = (
    "Older APIs, each off unless it is bound to a client. Their errors have their own shapes, and "
    "credentials may also come as `X-API-Key` and `X-API-Secret`."
)


class LegacyAutoSchema(OpenAutoSchema):
    """The schema without the problem documents that the main API's operations list.

    Each operation lists the refusals of the call itself; their bodies have its API's own shape.
    """

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status, description in _REFUSALS.items():
            content = {"application/json": {"schema": {"type": "object"}}}
            bodies.setdefault(str(status), {"description": description, "content": content})
        return bodies


class LegacyGenerator(ViewsGenerator):
    """Makes the document of the older APIs that are bound to a client."""

    def holds(self, view: Any) -> bool:
        return isinstance(view.schema, LegacyAutoSchema) and is_bound(view.dialect)

    def get_schema(self, *args: Any, **kwargs: Any) -> Any:
        document: Any = super().get_schema(*args, **kwargs)  # type: ignore[no-untyped-call]
        document["info"] |= {"title": "Faceplatform: the older APIs", "description": _DESCRIPTION}
        document["tags"] = [{"name": TAG, "description": "Operations of the older APIs."}]
        return document


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
