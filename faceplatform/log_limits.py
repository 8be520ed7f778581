"""A limit on log lines that anybody can provoke."""

import logging
import time
from threading import Lock

_SPAN_SECONDS = 60.0
_LONGEST = 300


class Limited(logging.Filter):
    """Shortens the records of some loggers, and drops most of them once there are many.

    A process logs at most ``per_minute`` of them in a minute. The first of the next minute says how
    many were dropped.
    """

    def __init__(self, prefix: str, *, per_minute: int) -> None:
        super().__init__()
        self._prefix, self._limit = prefix, per_minute
        self._lock, self._span, self._count = Lock(), 0.0, 0

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._prefix):
            return True
        dropped = self._dropped_before(time.monotonic() // _SPAN_SECONDS)
        if dropped is None:
            return False
        text = record.getMessage()
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
        record.msg, record.args = cut, ()
        if dropped:
            record.msg = f"{cut} ({dropped} more like this were not logged)"
        return True

    def _dropped_before(self, span: float) -> int | None:
        """Count a record; return how many the last span dropped, or None to drop this one."""
        with self._lock:
            dropped = 0
            if span != self._span:
                dropped = max(0, self._count - self._limit)
                self._span, self._count = span, 0
            self._count += 1
            return dropped if self._count <= self._limit else None
