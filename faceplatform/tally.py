"""Counts that a process keeps in memory and writes to the database every few seconds.

A crash loses what its process counted in those seconds, and nothing else.
"""

import logging
from collections.abc import Callable, Hashable, Mapping
from threading import Lock, Timer
from typing import Generic, TypeVar

from django.conf import settings
from django.db import Error, connection

log = logging.getLogger(__name__)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Tally(Generic[K, V]):
    """Values by key, added up in memory until a thread writes them.

    It writes FACEPLATFORM_USAGE_SECONDS after the first addition; with 0 only `flush` does.
    """

    def __init__(
        self, name: str, plus: Callable[[V, V], V], write: Callable[[Mapping[K, V]], None]
    ) -> None:
        """Make an empty tally.

        Args:
            name: of the values, for the log.
            plus: returns the sum of an earlier and a later value of a key.
            write: adds the values to the database, or raises and adds none.
        """
        self._name = name
        self._plus = plus
        self._write = write
        self._lock = Lock()  # of the two below
        self._values: dict[K, V] = {}
        self._timer: Timer | None = None
        self._writing = Lock()  # one write at a time, so that `flush` returns when all is written

    def add(self, key: K, value: V) -> None:
        """Add a value to that of its key."""
        with self._lock:
            self._values[key] = (
                self._plus(self._values[key], value) if key in self._values else value
            )
            if self._timer is None and settings.FACEPLATFORM_USAGE_SECONDS:
                self._timer = Timer(settings.FACEPLATFORM_USAGE_SECONDS, self._write_in_background)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write all values that this process has; if that fails, they stay for the next write.

        Raises:
            django.db.Error
        """
        with self._writing:
            with self._lock:
                taken = dict(self._values)
                self._values.clear()
                self._timer = None
            if not taken:
                return
            try:
                self._write(taken)
            except Error:
                self._put_back(taken)
                raise

    def clear(self) -> None:
        """Drop all values that this process has: for tests."""
        with self._lock:
            self._values.clear()

    def _write_in_background(self) -> None:
        """Write from the timer's thread, which closes its own connection."""
        try:
            self.flush()
        except Error:
            log.exception("%s could not be written; kept for the next write", self._name)
        finally:
            connection.close()

    def _put_back(self, taken: Mapping[K, V]) -> None:
        with self._lock:
            for key, value in taken.items():
                later = self._values.get(key)
                self._values[key] = value if later is None else self._plus(value, later)
