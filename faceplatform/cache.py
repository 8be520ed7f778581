"""Caches with counters: Django's cache over Redis, and a SQLite file for the embedded default.

The web processes of one machine share the file. Django's caches for one machine write a file for
each value, or query a table five times: half a millisecond and more a call, twenty times as long
as this one. None of Django's caches counts atomically and sets the expiry in the same step.
"""

import pickle
import sqlite3
from functools import cached_property
from time import time
from typing import Any, NamedTuple

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError
from filelock import FileLock

_WAIT_SECONDS = 5
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB, expires REAL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entries_expires ON entries (expires);
"""


class Counted(NamedTuple):
    """A counter's new value, and the value of another counter: 0 where there is none."""

    value: int
    other: int


class CountingRedisCache(RedisCache):
    """Django's Redis cache, with counters."""

    def count(self, key: str, seconds: float, *, other: str, amount: int = 1) -> Counted:
        """Add to a counter and read another one, atomically and in one round trip.

        Args:
            seconds: lifetime of the counter, from its first count on.
            other: key of the counter that is only read.
        """
        name = self.make_and_validate_key(key)
        with self._client.pipeline() as pipe:
            pipe.incrby(name, amount)
            pipe.expire(name, int(seconds), nx=True)
            pipe.get(self.make_and_validate_key(other))
            value, _, other_value = pipe.execute()
        return Counted(int(value), int(other_value or 0))

    @cached_property
    def _client(self) -> redis.Redis:
        """Django creates a client for each call, which takes as long as the call."""
        return self._cache.get_client(write=True)


class MachineCache(BaseCache):
    """Django's cache interface over SQLite. ``LOCATION`` is the file.

    Entries stay until they expire, so no count is evicted by others. The next call that misses a
    key deletes the expired ones. Django creates one instance for each thread.

    Values are pickled, except counters, which only `count` reads. Write access to the file
    therefore means code execution, as does write access to the keys in the same folder.

    Raises:
        django.db.OperationalError: in every method, if the file cannot be used or is locked for
            too long.
    """

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._location = location

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        rows = self._run(
            "SELECT value FROM entries WHERE key = ? AND expires > ?",
            (self.make_and_validate_key(key, version), time()),
        )
        if rows:
            return pickle.loads(rows[0][0])  # noqa: S301  (see the class)
        self._delete_expired()
        return default

    def set(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        self._run(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
            self._row(key, value, timeout, version),
        )

    def count(self, key: str, seconds: float, *, other: str, amount: int = 1) -> Counted:
        """Count as `CountingRedisCache.count` does."""
        now = time()
        statement = (
            "INSERT INTO entries VALUES (:key, :amount, :end) ON CONFLICT (key) DO UPDATE SET "
            "value = CASE WHEN expires > :now THEN value + :amount ELSE :amount END, "
            "expires = CASE WHEN expires > :now THEN expires ELSE :end END RETURNING value, "
            "(SELECT value FROM entries WHERE key = :other AND expires > :now)"
        )
        values = {
            "key": self.make_and_validate_key(key),
            "other": self.make_and_validate_key(other),
            "amount": amount,
            "now": now,
            "end": now + seconds,
        }
        ((value, other_value),) = self._run(statement, values)
        if value == amount:  # a new counter
            self._delete_expired()
        return Counted(value, other_value or 0)

    def add(
        self,
        key: Any,
        value: Any,
        timeout: float | None = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        self._delete_expired()
        return bool(
            self._run(
                "INSERT OR IGNORE INTO entries VALUES (?, ?, ?) RETURNING 1",
                self._row(key, value, timeout, version),
            )
        )

    def touch(
        self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        return bool(
            self._run(
                "UPDATE entries SET expires = ? WHERE key = ? AND expires > ? RETURNING 1",
                (self._expires(timeout), self.make_and_validate_key(key, version), time()),
            )
        )

    def delete(self, key: Any, version: int | None = None) -> bool:
        return bool(
            self._run(
                "DELETE FROM entries WHERE key = ? AND expires > ? RETURNING 1",
                (self.make_and_validate_key(key, version), time()),
            )
        )

    def clear(self) -> None:
        self._run("DELETE FROM entries", ())

    def _delete_expired(self) -> None:
        self._run("DELETE FROM entries WHERE expires <= ?", (time(),))

    def _row(
        self, key: Any, value: Any, timeout: float | None, version: int | None
    ) -> tuple[str, bytes, float]:
        name = self.make_and_validate_key(key, version)
        return name, pickle.dumps(value, pickle.HIGHEST_PROTOCOL), self._expires(timeout)

    def _expires(self, timeout: float | None) -> float:
        moment = self.get_backend_timeout(timeout)
        return float("inf") if moment is None else moment

    def _run(self, statement: str, values: tuple[Any, ...] | dict[str, Any]) -> list[Any]:
        try:
            return self._execute(statement, values)
        except (sqlite3.Error, OSError) as e:  # a lock that is not acquired in time is an OSError
            raise OperationalError("The cache's file cannot be used") from e

    def _execute(self, statement: str, values: tuple[Any, ...] | dict[str, Any]) -> list[Any]:
        return self._connection.execute(statement, values).fetchall()

    @cached_property
    def _connection(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._location, timeout=_WAIT_SECONDS, isolation_level=None)
        # SQLite does not wait for a lock when the journal mode changes: one process at a time
        # creates the file.
        with FileLock(f"{self._location}.lock", timeout=_WAIT_SECONDS):
            connection.executescript(_SCHEMA)
        return connection
