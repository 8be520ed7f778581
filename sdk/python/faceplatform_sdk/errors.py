"""Exceptions. Decide on the class or on ``code``, never on the text."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Self

import httpx
from pydantic import ValidationError

from faceplatform_sdk.models import FieldFault, Problem


class FaceplatformError(Exception):
    """Base of all exceptions that this package raises about calls, answers and deliveries."""


class ConnectionFailed(FaceplatformError):
    """No answer arrived: the connection failed, broke or timed out.

    Attributes:
        was_sent: the service may have received the request, and may have acted on it.
    """

    def __init__(self, message: str, *, was_sent: bool) -> None:
        super().__init__(message)
        self.was_sent = was_sent


class InvalidAnswer(FaceplatformError):
    """The answer is not one of this API: a proxy sent it, or the address is another service's."""


class WaitTimedOut(FaceplatformError):
    """The import was not over in the time that the caller gave. It goes on."""


class WebhookRejected(FaceplatformError):
    """The body was not signed with this secret in the last minutes: do not act on it."""


class ResultRejected(FaceplatformError):
    """The token is no valid signed result for this verifier: trust nothing in it."""


class ApiError(FaceplatformError):
    """The service refused the call, with a problem document (RFC 9457).

    Attributes:
        status: of the HTTP answer.
        code: stable; ``http_502`` and the like if something in between answered.
        title: of the code, for people.
        detail: about this call, for people.
        fields: the faults of each field of the request.
        request_id: finds the call in the service's log.
        retry_after: seconds after which the same call may succeed.
        members: of the document, such as ``limit``, ``user_ids`` or ``locked_until``.
    """

    of_status: ClassVar[dict[int, type["ApiError"]]] = {}

    def __init__(  # noqa: PLR0913  (the members of a problem document)
        self,
        *,
        status: int,
        code: str,
        title: str,
        detail: str,
        fields: Mapping[str, list[FieldFault]],
        request_id: str | None,
        retry_after: float | None,
        members: Mapping[str, Any],
    ) -> None:
        self.status = status
        self.code = code
        self.title = title
        self.detail = detail
        self.fields = fields
        self.request_id = request_id
        self.retry_after = retry_after
        self.members = members
        super().__init__(self._told())

    def _told(self) -> str:
        faults = "; ".join(
            f"{field}: {fault.message}" for field, found in self.fields.items() for fault in found
        )
        return f"{self.status} {self.code}: {faults or self.detail} (request {self.request_id})"

    def __init_subclass__(cls, *, status: int | None = None) -> None:
        super().__init_subclass__()
        if status is not None:
            cls.of_status[status] = cls

    @classmethod
    def of(cls, response: httpx.Response) -> "ApiError":
        """Return the error that this answer tells."""
        kind = cls.of_status.get(response.status_code) or (
            ServerError if response.is_server_error else cls
        )
        try:
            problem = Problem.model_validate_json(response.content)
        except ValidationError:
            return kind.without_document(response)
        return kind(
            status=response.status_code,
            code=problem.code,
            title=problem.title,
            detail=problem.detail,
            fields=problem.errors or {},
            request_id=problem.request_id,
            retry_after=seconds(response.headers.get("Retry-After")),
            members=problem.model_dump(mode="json", exclude_unset=True),
        )

    @classmethod
    def without_document(cls, response: httpx.Response) -> Self:
        """Return the error of an answer that something in between gave."""
        try:
            phrase = HTTPStatus(response.status_code).phrase
        except ValueError:
            phrase = "Unknown status"
        return cls(
            status=response.status_code,
            code=f"http_{response.status_code}",
            title=phrase,
            detail=phrase,
            fields={},
            request_id=response.headers.get("X-Request-ID"),
            retry_after=seconds(response.headers.get("Retry-After")),
            members={},
        )


class BadRequest(ApiError, status=400):
    """The request is not valid; ``fields`` tells the faults of each field."""


class Unauthorized(ApiError, status=401):
    """The API key and secret are wrong, revoked or expired."""


class Forbidden(ApiError, status=403):
    """The API key lacks a scope, or the policy forbids the call."""


class NotFound(ApiError, status=404):
    """Your client has no such user, session or object."""


class Conflict(ApiError, status=409):
    """The state of the user, session or client does not allow the call."""


class Gone(ApiError, status=410):
    """The session or link has expired."""


class TooLarge(ApiError, status=413):
    """The image, file or body exceeds a limit."""


class Unprocessable(ApiError, status=422):
    """The ``Idempotency-Key`` was used with another request."""


class Locked(ApiError, status=423):
    """Too many attempts have failed: the user or address is locked until it is unlocked."""


class TooManyRequests(ApiError, status=429):
    """A limit of calls or frames is reached, or a lockout delays the next attempt."""


class ServerError(ApiError, status=500):
    """The service or a proxy failed."""


class ServiceUnavailable(ServerError, status=503):
    """The service is busy or a part of it is away; the same call may succeed later."""


def seconds(value: str | None) -> float | None:
    """Return the seconds of a ``Retry-After`` header; None for a date, which is not used."""
    return float(value) if value is not None and value.isascii() and value.isdigit() else None
