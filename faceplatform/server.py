"""What the HTTP server answers by itself, before any view: JSON like everything else."""

import json
from http import HTTPStatus
from typing import Any

from gunicorn import util


def install() -> None:
    """Let gunicorn tell of a request that is no HTTP as a problem document, not as a page."""
    util.write_error = write_problem


def write_problem(sock: Any, status_int: int, reason: str, mesg: str) -> None:
    """Takes the place of `gunicorn.util.write_error`. What was sent is not repeated."""
    status = HTTPStatus(status_int)
    problem = {
        "type": "urn:faceplatform:problem:malformed",
        "title": "The request cannot be parsed",
        "status": status.value,
        "detail": status.phrase,
        "code": "malformed",
    }
    body = json.dumps(problem)
    head = (
        f"HTTP/1.1 {status.value} {status.phrase}\r\n"
        "Connection: close\r\n"
        "Content-Type: application/problem+json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    util.write_nonblock(sock, (head + body).encode("ascii"))
