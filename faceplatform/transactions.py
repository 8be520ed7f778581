"""Writes that begin anew when the database breaks them off in favour of another request's.

Two transactions that wait for each other, a lock that does not come free in time, a row that was
deleted meanwhile: the database says so and undoes all, and the same work begun anew succeeds.
"""

import logging
import random
import sqlite3
from collections.abc import Callable
from functools import wraps
from time import monotonic, sleep
from typing import ParamSpec, TypeVar

from django.db import DatabaseError, connection

from faceplatform import metrics

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")

_TRIES = 5
# No further try begins after it. A try itself waits for a lock as `settings.mysql` says.
_SECONDS = 5.0
_PAUSE_SECONDS = 0.01  # at most twice as long after the first try, four times after the second

# MySQL's and MariaDB's numbers: a deadlock; a lock that was waited for too long; a row that is
# referred to and was deleted since it was read; one that is to be deleted and is referred to since.
_MYSQL = {1213, 1205, 1452, 1451}
_SQLITE = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_REFERENCE = sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY


def retried(work: Callable[P, T]) -> Callable[P, T]:
    """Run a transaction, or a single write, again after a conflict, within bounds.

    For work that reads inside what it changes (`sessions.locking.lock`), and does nothing that a
    rollback does not undo. Only the outermost transaction is run again, because the database
    undoes all of it: within another one, a conflict is left to that one. A connection that broke is no conflict:
    nobody knows whether its last statement was carried out.

    Raises:
        django.db.DatabaseError: the last conflict, when time or tries are used up.
    """

    @wraps(work)
    def attempts(*args: P.args, **kwargs: P.kwargs) -> T:
        if connection.in_atomic_block:
            return work(*args, **kwargs)
        give_up_at, tried = monotonic() + _SECONDS, 0
        while True:
            try:
                return work(*args, **kwargs)
            except DatabaseError as e:
                tried += 1
                if tried == _TRIES or monotonic() >= give_up_at or not is_conflict(e):
                    raise
                metrics.CONFLICTS.inc()
                log.info("Retrying after a conflict in the database: %s", e)
            # Not both at the same moment again.
            sleep(random.uniform(0, _PAUSE_SECONDS * 2**tried))  # noqa: S311  (no secret)

    return attempts


def is_conflict(error: DatabaseError) -> bool:
    """Whether the same work begun anew may succeed."""
    cause = error.__cause__
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)  # errors of Python's own module have none
        return code == _SQLITE_REFERENCE or code & 0xFF in _SQLITE  # the low byte names the kind
    return bool(error.args) and error.args[0] in _MYSQL
