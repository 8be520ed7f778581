"""The call that is being answered, for the count of a client's usage.

The middleware that observes every request begins and ends it. On the way, the throttle says which
client it counts for, and the frames' pipeline counts frames. The part that keeps the counts
registers a recorder (`clients.usage`).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from faceplatform.tenant import Tenant


@dataclass(slots=True)
class Call:
    """One call, or work that an earlier call asked for.

    Attributes:
        client: the client that it counts for; None for a stranger's.
        operation: method and path, as in the OpenAPI document.
        number: 1, or 0 for work that an earlier call asked for.
        status: of its answer; 0 for work that an earlier call asked for.
        frames: frames that were measured, or that had an unusable image, and those that the
            decoding of a video counts as beyond them.
        frames_accepted: the good ones among them.
    """

    client: Tenant | None = None
    operation: str = ""
    number: int = 1
    status: int = 0
    frames: int = 0
    frames_accepted: int = 0


_current: ContextVar[Call | None] = ContextVar("call", default=None)
_recorders: list[Callable[[Call], None]] = []


def register(recorder: Callable[[Call], None]) -> None:
    """Add a function that is given each client's call when it is answered."""
    _recorders.append(recorder)


@contextmanager
def call() -> Iterator[Call]:
    """Begin a call; give it to the recorders at the end, if it counts for a client."""
    begun = Call()
    token = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(token)
    if begun.client is not None:
        _record(begun)


@contextmanager
def later_work(client: Tenant, operation: str) -> Iterator[None]:
    """Count the frames of work that an earlier call of this operation asked for, however the work
    ends; the call itself has been counted."""
    begun = Call(client=client, operation=operation, number=0)
    token = _current.set(begun)
    try:
        yield
    finally:
        _current.reset(token)
        if begun.frames:
            _record(begun)


def _record(ended: Call) -> None:
    for recorder in _recorders:
        recorder(ended)


def count_for(client: Tenant) -> None:
    """Count the current call, if there is one, for this client."""
    if (current := _current.get()) is not None:
        current.client = client


def count_frames(number: int) -> None:
    """Count frames of the current call, if there is one: commands post frames, too."""
    if (current := _current.get()) is not None:
        current.frames += number


def count_accepted() -> None:
    """Count one of the frames of the current call as a good one."""
    if (current := _current.get()) is not None:
        current.frames_accepted += 1


def frames_counted() -> int:
    """Return the frames of the current call so far; 0 if there is none."""
    current = _current.get()
    return 0 if current is None else current.frames
