"""What the HTTP server answers by itself, before any view, what it logs, and what it may be."""

import json
import shutil
import tempfile
from functools import cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from gunicorn import glogging, util

from faceplatform.errors import ConfigurationError

_CACHE_OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


class Logger(glogging.Logger):  # type: ignore[misc]
    """Writes no line a request: paths can hold session tokens, and the application logs what
    matters. That gunicorn's ``accesslog`` is unset does not keep it from making up the line."""

    access_log_enabled = False


def install() -> None:
    """Let gunicorn tell of a request that is no HTTP as a problem document, not as a page."""
    util.write_error = write_problem


def require_shared_cache(processes: int) -> None:
    """Refuse several web processes whose throttles each count for themselves.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if processes > 1 and settings.CACHES["default"]["BACKEND"] == _CACHE_OF_ONE_PROCESS:
        raise ConfigurationError(
            "WEB_WORKERS above 1 needs a cache that the processes share: with this one each would "
            "count calls and failed logins for itself"
        )


def logging_config() -> dict[str, Any]:
    """For gunicorn: its own lines go where the product's go, in the same format."""
    own = {"gunicorn.error": {"level": "INFO", "propagate": True}}
    return {**settings.LOGGING, "loggers": settings.LOGGING["loggers"] | own}


@cache
def metrics_folder() -> str:
    """Where the processes of this server count beside each other: a new folder at each start."""
    return tempfile.mkdtemp(prefix="faceplatform-metrics-")


def remove_metrics_folder() -> None:
    shutil.rmtree(metrics_folder())


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
