"""Caches with counters: Django's cache over Redis, and a SQLite file for the embedded default.

The web processes of one machine share the file. Django's caches for one machine write a file for
each value, or query a table five times: half a millisecond and more a call, twenty times as long
as this one. None of Django's caches counts atomically and sets the expiry in the same step.
"""

import pickle
import sqlite3
from collections.abc import Sequence
from functools import cache, cached_property
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


class Counter(NamedTuple):
    """A counter to add to, and another one to read.

    Attributes:
        seconds: lifetime of the counter, from its first count on.
        other: key of the counter that is only read.
    """

    key: str
    seconds: float
    other: str


class Counted(NamedTuple):
    """A counter's new value, and the value of another counter: 0 where there is none."""

    value: int
    other: int


class Counting:
    """Counters of a cache."""

    def count(self, key: str, seconds: float, *, other: str, amount: int = 1) -> Counted:
        """Add to one counter and read its other one; for the arguments see `Counter`."""
        return self.count_all([Counter(key, seconds, other)], amount)[0]

    def count_all(self, counters: Sequence[Counter], amount: int = 1) -> list[Counted]:
        """Add to each counter and read its other one, all atomically and in one round trip.

        Their keys differ.
        """
        raise NotImplementedError


class CountingRedisCache(Counting, RedisCache):
    """Django's Redis cache, with counters."""

    def count_all(self, counters: Sequence[Counter], amount: int = 1) -> list[Counted]:
        with self._client.pipeline() as pipe:
            for counter in counters:
                name = self.make_and_validate_key(counter.key)
                pipe.incrby(name, amount)
                pipe.expire(name, int(counter.seconds), nx=True)
                pipe.get(self.make_and_validate_key(counter.other))
            answers = pipe.execute()
        return [
            Counted(int(value), int(other or 0))
            for value, other in zip(answers[::3], answers[2::3], strict=True)
        ]

    @cached_property
    def _client(self) -> redis.Redis:
        """Django creates a client for each call, which takes as long as the call."""
        return self._cache.get_client(write=True)


class MachineCache(Counting, BaseCache):
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

    def count_all(self, counters: Sequence[Counter], amount: int = 1) -> list[Counted]:
        now = time()
        values: dict[str, Any] = {}
        for place, counter in enumerate(counters):
            values[f"key{place}"] = self.make_and_validate_key(counter.key)
            values[f"other{place}"] = self.make_and_validate_key(counter.other)
            values[f"end{place}"] = now + counter.seconds
        rows = self._run(_count_statement(len(counters)), {"amount": amount, "now": now, **values})
        counted = {key: Counted(value, other or 0) for key, value, other in rows}
        if any(value == amount for value, _ in counted.values()):  # a new counter
            self._delete_expired()
        return [counted[values[f"key{place}"]] for place in range(len(counters))]

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


@cache
def _count_statement(number: int) -> str:
    """Return the statement that adds to so many different counters and reads their other ones.

    The order of the rows that RETURNING gives is not defined: each names its key.
    """
    places = range(number)
    rows = ", ".join(f"(:key{n}, :amount, :end{n})" for n in places)
    others = " ".join(f"WHEN :key{n} THEN :other{n}" for n in places)
    return (
        f"INSERT INTO entries VALUES {rows} ON CONFLICT (key) DO UPDATE SET "  # noqa: S608
        "value = CASE WHEN expires > :now THEN value + :amount ELSE :amount END, "
        "expires = CASE WHEN expires > :now THEN expires ELSE excluded.expires END "
        "RETURNING key, value, (SELECT past.value FROM entries AS past WHERE past.key = "
        f"CASE entries.key {others} END AND past.expires > :now)"
    )
