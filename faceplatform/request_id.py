"""The id of the current request, which is in every log line, here and in the worker."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

NONE = "-"
_current: ContextVar[str] = ContextVar("request_id", default=NONE)


def current_request_id() -> str:
    """Return the id of the current request, or ``-`` if there is none."""
    return _current.get()


@contextmanager
def serving(request_id: str) -> Iterator[None]:
    """Make it the current request within the block."""
    token = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(token)


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True
