"""The WSGI application as called by a server, starting from bytes."""

from io import BytesIO
from typing import Any
from wsgiref.util import setup_testing_defaults

from django.core.signals import request_started
from django.db import close_old_connections

from faceplatform.wsgi import application


def served(
    method: str, address: str, body: bytes | BytesIO, kind: str, **environ: Any
) -> tuple[int, bytes]:
    """Send a request. Return status and content of the answer.

    Args:
        environ: variables of the request to add or replace; None removes one.
    """
    path, _, query = address.partition("?")
    stream = BytesIO(body) if isinstance(body, bytes) else body
    told = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "CONTENT_TYPE": kind,
        "CONTENT_LENGTH": str(len(stream.getvalue())),
        "wsgi.input": stream,
        **environ,
    }
    told = {name: value for name, value in told.items() if value is not None}
    setup_testing_defaults(told)
    return called(told)


def called(environ: dict[str, Any]) -> tuple[int, bytes]:
    """Call the application. Return status and content of its answer."""
    statuses: list[str] = []

    def start(status: str, headers: Any, exc_info: Any = None) -> Any:
        statuses.append(status)

    # It would end the transaction of the test; Django's test client does the same.
    request_started.disconnect(close_old_connections)
    try:
        content = b"".join(application(environ, start))
    finally:
        request_started.connect(close_old_connections)
    return int(statuses[0][:3]), content
