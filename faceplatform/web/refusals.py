"""Problem documents sent before any view is called. They quote nothing of the request."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from uuid import uuid4

from gunicorn.http import errors

from faceplatform.api.response_headers import DATA as DATA_POLICY


class Refused(Exception):
    """The request is refused before any view is called.

    Args:
        status: status of the answer, which ends the connection.
        code: stable code, for programs.
        title: one line for people.
        retry_after: seconds after which the same request may succeed.
    """

    def __init__(
        self, status: int, code: str, title: str, *, retry_after: int | None = None
    ) -> None:
        super().__init__(title)
        self.status, self.code, self.title = HTTPStatus(status), code, title
        self.retry_after = retry_after

    def document(self, request_id: str = "") -> str:
        """Return the problem document; its request id is a new one if none is given."""
        return json.dumps(
            {
                "type": f"urn:faceplatform:problem:{self.code}",
                "title": self.title,
                "status": self.status.value,
                "detail": self.title,
                "code": self.code,
                "request_id": request_id or str(uuid4()),
            }
        )

    def answer(self) -> bytes:
        """Return the header and body to send."""
        request_id = str(uuid4())
        body = self.document(request_id)
        retry = "" if self.retry_after is None else f"Retry-After: {self.retry_after}\r\n"
        head = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}\r\n"
            "Connection: close\r\n"
            "Content-Type: application/problem+json\r\n"
            f"X-Request-ID: {request_id}\r\n"
            "Cache-Control: no-store\r\n"
            f"Content-Security-Policy: {DATA_POLICY}\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"{retry}"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return (head + body).encode("ascii")


# Errors of gunicorn's parser that have a more specific status than 400.
_STATUSES: Mapping[type[Exception], int] = {
    errors.LimitRequestLine: 414,
    errors.LimitRequestHeaders: 431,
    errors.ExpectationFailed: 417,
    errors.UnsupportedTransferCoding: 501,
}


def malformed(status: int = 400) -> Refused:
    return Refused(status, "malformed", "The request cannot be parsed")


def unparsed(error: Exception) -> Refused:
    """Return the refusal of a request that gunicorn's parser refused."""
    return malformed(_STATUSES.get(type(error), 400))


def too_large() -> Refused:
    return Refused(413, "request_too_large", "The request has too many bytes")


def too_slow() -> Refused:
    return Refused(408, "request_timeout", "The request did not arrive in time")


def busy() -> Refused:
    return Refused(503, "server_busy", "The server has no room for this request", retry_after=1)


def broken() -> Refused:
    return Refused(500, "internal_error", "Something went wrong")
