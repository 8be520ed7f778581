"""The registry of clean-ups: each part of the product registers its own in `AppConfig.ready()`.

A scheduler runs all of them each minute (`sessions.tasks`). The embedded default has none: there a
thread of each web process does it.
"""

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any, NamedTuple, Protocol

from django.db import Error, connection, transaction
from django.db.models import QuerySet

from faceplatform.transactions import retried

log = logging.getLogger(__name__)
_AT_ONCE = 500
# Longer, and clean-ups that others wait for would stand still: the expiry of sessions is one.
_MOST_SECONDS = 20


class Run(Protocol):
    """Cleans up at most so many rows; returns how many. Two of them may run at once."""

    def __call__(self, *, limit: int) -> int: ...


class CleanUp(NamedTuple):
    """A registered clean-up.

    Attributes:
        result: label of its count, as in "3 sessions expired".
        run: the clean-up itself.
    """

    result: str
    run: Run


_registered: list[CleanUp] = []


def register(result: str, run: Run) -> None:
    """Add a clean-up; for the arguments see `CleanUp`."""
    _registered.append(CleanUp(result, run))


def clean_up() -> list[str]:
    """Run each clean-up until nothing is left to do; return the results, one line each.

    The next run goes on with one that takes long.

    Raises:
        django.db.Error: of the first clean-up that failed, once the others have had their turn.
    """
    results: list[str] = []
    failure: Error | None = None
    for cleaning in _registered:
        try:
            results.append(f"{_run_until_done(cleaning)} {cleaning.result}")
        except Error as e:
            log.warning("Housekeeping: %s: %s", cleaning.result, e)
            failure = failure or e
    if failure is not None:
        raise failure
    return results


def clean_up_regularly(*, seconds: float) -> Event:
    """Clean up every so many seconds in a thread, until the process ends.

    Returns:
        The event that ends it earlier.
    """
    return repeat(clean_up, seconds=seconds)


def repeat(run: Callable[[], object], *, seconds: float) -> Event:
    """Call a part of housekeeping as `clean_up_regularly` does."""
    stop = Event()
    arguments = (stop, run, seconds)
    Thread(target=_regularly, args=arguments, name="housekeeping", daemon=True).start()
    return stop


def _regularly(stop: Event, run: Callable[[], object], seconds: float) -> None:
    while not stop.wait(seconds):
        try:
            run()
        except Error:
            log.exception("Housekeeping failed; the next run goes on with it")
        finally:
            connection.close()


def _run_until_done(cleaning: CleanUp) -> int:
    total, ends_at = 0, monotonic() + _MOST_SECONDS
    while done := cleaning.run(limit=_AT_ONCE):
        total += done
        if monotonic() >= ends_at:
            break
    return total


def delete_some(rows: QuerySet[Any], *, limit: int) -> int:
    """Delete at most so many of these rows; return how many.

    Of two such calls at the same time, each takes the rows that the other does not hold.
    """
    # Mostly there are none. Then no write transaction is opened, of which SQLite has one at a time.
    return _delete_some(rows, limit) if rows.exists() else 0


@retried
@transaction.atomic
def _delete_some(rows: QuerySet[Any], limit: int) -> int:
    locked = rows.select_for_update(skip_locked=True)
    keys = list(locked.values_list("pk", flat=True)[:limit])
    rows.model._default_manager.filter(pk__in=keys).delete()
    return len(keys)
