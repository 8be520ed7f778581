"""Retries for transactions that conflict with another request's.

If two transactions wait for each other, a lock is not released in time, or a row was deleted in the
meantime, the database reports it and rolls back; the same work usually succeeds when repeated.
"""

import logging
import random
import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

from faceplatform import metrics

log = logging.getLogger(__name__)
_is_retrying = ContextVar("is_retrying", default=False)
P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 5
# No further try starts after this time. Each try waits for a lock as `settings.mysql` says.
_SECONDS = 5.0
_PAUSE_SECONDS = 0.01  # at most twice as long after the first try, four times after the second

# Error numbers of MySQL and MariaDB: deadlock; lock wait timeout; a reference to a row that was
# deleted in the meantime; deletion of a row that is referenced since.
_MYSQL = {1213, 1205, 1452, 1451}
_SQLITE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_REFERENCE = sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY


def retried(work: Callable[P, T]) -> Callable[P, T]:
    """Decorate a transaction, or a single write, to be retried after a conflict, within limits.

    The work must read the rows it changes inside the transaction (`sessions.locking.lock`), and
    have no effect that a rollback does not undo. Only the outermost transaction is retried, because
    the database rolls back all of it; inside another transaction, that one handles the conflict.
    Likewise inside other retried work: tries of tries would multiply. A broken connection is no
    conflict: its last statement may or may not have been executed.

    Raises:
        django.db.DatabaseError: the last conflict, after the last try or the time limit.
    """

    @wraps(work)
    def attempts(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block or _is_retrying.get():
            return work(*args, **kwargs)
        outermost = _is_retrying.set(True)
        try:
            return _tried(lambda: work(*args, **kwargs))
        finally:
            _is_retrying.reset(outermost)

    return attempts


def _tried(work: Callable[[], T]) -> T:
    give_up_at, tried = monotonic() + _SECONDS, 0
    while True:
        try:
            return work()
        except DatabaseError as e:
            tried += 1
            if tried == _TRIES or monotonic() >= give_up_at or not is_conflict(e):
                raise
            metrics.CONFLICTS.inc()
            log.info("Retrying after a conflict in the database: %s", e)
        # At random, so that the two do not collide again.
        sleep(random.uniform(0, _PAUSE_SECONDS * 2**tried))  # noqa: S311  (no secret)


def is_conflict(error: DatabaseError) -> bool:
    """Return True if the same work may succeed when it is repeated."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)  # Python's own sqlite3 errors have none
        return code == _SQLITE_REFERENCE or code & 0xFF in _SQLITE  # the low byte names the kind
    return bool(error.args) and error.args[0] in _MYSQL
