"""The OpenAPI schema, in which every operation lists all its errors.

A view lists its own errors in ``documented_errors``; those of all operations (token, throttle,
validation, idempotency, database) are added here.
"""

from collections.abc import Iterable, Mapping
from inspect import cleandoc
from typing import Any, Literal, NamedTuple, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import AllowAny
from rest_framework.settings import api_settings

from faceplatform.api import idempotency, problems
from faceplatform.api.callers import IsClient, scopes_of
from faceplatform.api.origins import TokenNotForBrowsers
from faceplatform.api.scopes import ScopeMissing
from faceplatform.api.views import MainView
from faceplatform.errors import FaceplatformError


class Problem(NamedTuple):
    """An error as the schema shows it."""

    status: int
    code: str
    title: str

    @classmethod
    def of(cls, error: type[FaceplatformError]) -> "Problem":
        return cls(error.status, error.code, error.title)


# The errors of a view by method, in upper case.
DocumentedErrors = Mapping[str, Iterable[type[FaceplatformError] | Problem]]

VALIDATION_FAILED = Problem(400, "validation_failed", "The request is not valid")
HOST_NOT_ALLOWED = Problem(
    400, "host_not_allowed", "This service does not answer requests for this Host"
)
NOT_FOUND = Problem(404, "not_found", "There is no such thing")


class FieldFaultSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    message = serializers.CharField()


class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457 problem details. ``code`` is stable; ``title`` and ``detail`` are for people."""

    session_status = serializers.CharField(
        required=False, help_text="Where the session has ended: its status."
    )
    reason = serializers.CharField(
        required=False,
        help_text="Where the session has ended: the stable code of its result. Where the URL of an "
        "endpoint is refused: why.",
    )
    address_kind = serializers.CharField(
        required=False, help_text="Where the address in a URL is refused: its kind."
    )
    required_scopes = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Where a scope is missing: those of which the API key needs one.",
    )
    locked_until = serializers.DateTimeField(
        required=False,
        allow_null=True,
        help_text="After failed attempts: the time of the next one; null if the user is locked.",
    )
    limit = serializers.IntegerField(
        required=False, help_text="Where a limit of the client is reached: that limit."
    )
    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    user_ids = serializers.ListField(
        child=serializers.CharField(),
        required=False,
        help_text="Where users were not found: the ids that are unknown.",
    )
    errors = serializers.DictField(  # type: ignore[assignment]
        child=FieldFaultSerializer(many=True), required=False, help_text="Faults by field."
    )


_EVERYWHERE = (
    Problem(406, "not_acceptable", "The answer cannot be given in an accepted format"),
    Problem(408, "request_timeout", "The request did not arrive in time"),
    Problem(429, "throttled", "Too many requests"),
    Problem(503, "storage_unavailable", "The database or the cache is not available at the moment"),
    Problem(503, "server_busy", "The server has no room for this request"),
)
_WITH_BODY = (
    Problem(400, "malformed", "The request cannot be parsed"),
    VALIDATION_FAILED,
    Problem(413, "request_too_large", "The request has too many bytes"),
    Problem(415, "unsupported_media_type", "The request's content type is not supported"),
)
_WITH_TOKEN = (
    Problem(401, "not_authenticated", "The request carries no token"),
    Problem(401, "authentication_failed", "The credentials or the token are not valid"),
    Problem(403, "permission_denied", "This token may not do that"),
    Problem.of(TokenNotForBrowsers),
)
_IDEMPOTENT = tuple(
    Problem.of(error)
    for error in (
        idempotency.IdempotencyKeyInvalid,
        idempotency.IdempotencyKeyReused,
        idempotency.IdempotencyInProgress,
    )
)
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Repeating a request with the same key within a day returns the first answer.",
)

_HEADERS = {
    "X-Request-ID": {
        "description": "The id of this request in the service's log, or the id that you sent.",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before the next attempt, where waiting helps.",
        "schema": {"type": "integer"},
    },
    "RateLimit-Policy": {
        "description": "The limits that the call counted for, as in "
        "draft-ietf-httpapi-ratelimit-headers-11.",
        "schema": {"type": "string"},
        "example": '"calls";q=1200;w=60',
    },
    "RateLimit": {
        "description": "What is left of them, and for how many seconds no more will be.",
        "schema": {"type": "string"},
        "example": '"calls";r=1187;t=41',
    },
    "Idempotency-Replayed": {
        "description": "`true` if this is the kept answer to an earlier request.",
        "schema": {"type": "boolean"},
    },
}
# The statuses of refusals that may say how long to wait.
_WAITING = {409, 429, 503}


class OpenAutoSchema(AutoSchema):
    """drf-spectacular's schema with an empty `security` for open operations.

    drf-spectacular lists the empty requirement ``{}``, which generators take for a token. An
    operation that has no description gets its view's docstring: of the view itself, not of a base,
    and no list of attributes.
    """

    def get_description(self) -> str:  # type: ignore[override]
        docstring = type(self.view).__doc__ or ""
        return cleandoc(docstring).partition("\n\n")[0]

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        operation = super().get_operation(*args, **kwargs)
        if operation and operation.get("security", [{}]) == [{}]:
            operation["security"] = []
        return operation


class ProblemAutoSchema(OpenAutoSchema):
    """The schema with the errors and the headers of this API."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Any:
        """Return the operation. Its description ends with the scope that the API key needs."""
        operation = super().get_operation(*args, **kwargs)
        if operation and (scope := self._scope()):
            described = operation.get("description", "")
            operation["description"] = f"{described}\n\n{scope}".strip()
        return operation

    def _scope(self) -> str:
        if not isinstance(self.view, MainView) or not self._takes_clients():
            return ""
        names = [f"`{scope}`" for scope in scopes_of(self.view, self.method)]
        if self.view.scope_of_kind:
            return f"Scope: that of the session's kind, {' or '.join(names)}."
        return f"Scope: {' or '.join(names) or 'none, any API key may call'}."

    def _takes_clients(self) -> bool:
        """Return True if clients may call, and not only the holders of sessions' tokens."""
        permissions, taken = self.view.get_permissions(), self.view.authentication_classes
        of_clients = cast(
            "list[type[BaseAuthentication]]", api_settings.DEFAULT_AUTHENTICATION_CLASSES
        )
        needs_client = any(isinstance(each, IsClient) for each in permissions)
        return needs_client and any(each in taken for each in of_clients)

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Return True for the GET of a `lists.ListView`, too: drf-spectacular would describe one
        row, without page, filters and order."""
        if self.method == "GET" and getattr(self.view, "is_list", False):
            return True
        return bool(super()._is_list_view(serializer))

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        return [*parameters, _IDEMPOTENCY_KEY] if self._is_idempotent() else parameters

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for response in bodies.values():
            response["description"] = response["description"] or self.get_summary()
        grouped: dict[int, list[Problem]] = {}
        for problem in self._problems():
            grouped.setdefault(problem.status, []).append(problem)
        for status, found in sorted(grouped.items()):
            bodies[str(status)] = self._refusal(status, found)
        for code, response in bodies.items():
            response["headers"] = self._headers(int(code))
        return bodies

    def _refusal(self, status: int, found: list[Problem]) -> Any:
        response = OpenApiResponse(
            ProblemSerializer, description="; ".join(f"`{p.code}`: {p.title}" for p in found)
        )
        body = self._get_response_for_code(  # type: ignore[no-untyped-call]
            response, str(status), media_types=[problems.CONTENT_TYPE]
        )
        body["content"][problems.CONTENT_TYPE]["examples"] = {
            p.code: self._component("examples", p.code, {"value": _example(p)}) for p in found
        }
        return body

    def _headers(self, status: int) -> dict[str, Any]:
        names = ["X-Request-ID"]
        if status in _WAITING:
            names.append("Retry-After")
        if AllowAny not in self.view.permission_classes and status != 401:
            names += ["RateLimit-Policy", "RateLimit"]
        if self._is_idempotent() and status < 500:
            names.append("Idempotency-Replayed")
        return {name: self._component("headers", name, _HEADERS[name]) for name in names}

    def _component(self, kind: str, name: str, content: dict[str, Any]) -> Any:
        """Register a component that operations share, and return the reference to it."""
        component = ResolvedComponent(name, kind, content, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return component.ref

    def _is_idempotent(self) -> bool:
        writes = self.method in {"POST", "DELETE"}
        view = self.view
        return writes and isinstance(view, idempotency.IdempotentWrites) and not view.shows_secrets

    def _problems(self) -> list[Problem]:
        found = [*_EVERYWHERE]
        if self.method in {"POST", "PUT", "PATCH"}:
            found += _WITH_BODY
        elif isinstance(self.view, MainView):
            found.append(VALIDATION_FAILED)
        if isinstance(self.view, MainView):
            found.append(HOST_NOT_ALLOWED)
        if AllowAny not in self.view.permission_classes:
            found += _WITH_TOKEN
        if scopes_of(self.view, self.method):
            found.append(Problem.of(ScopeMissing))
        if self._is_idempotent():
            found += _IDEMPOTENT
        declared: DocumentedErrors = getattr(self.view, "documented_errors", {})
        for error in declared.get(self.method, ()):
            found.append(error if isinstance(error, Problem) else Problem.of(error))
        return list(dict.fromkeys(found))


def _example(problem: Problem) -> dict[str, Any]:
    body = problems.document(
        code=problem.code, status=problem.status, title=problem.title, detail=problem.title
    )
    return body | {"request_id": "3f0c9a52-6d1e-4b7a-9d53-0c1f5a2b7e44"}
