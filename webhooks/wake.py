"""Wakes the delivery loops of this process: after a commit, rather than at their next look."""

from collections.abc import Callable
from threading import Lock

_lock = Lock()
_alarms: list[Callable[[], object]] = []


def wake() -> None:
    """Let the loops of this process look for deliveries now. Does nothing where none runs.

    Call it once the deliveries are committed (``transaction.on_commit(wake)``). Other processes
    look each second.
    """
    with _lock:  # so that none is called after it was unregistered
        for alarm in _alarms:
            alarm()


def register(alarm: Callable[[], object]) -> None:
    """Add a function to call, from any thread. It must return at once."""
    with _lock:
        _alarms.append(alarm)


def unregister(alarm: Callable[[], object]) -> None:
    """Remove a function that was added."""
    with _lock:
        _alarms.remove(alarm)
