"""Turns at long work of a thread: a few at once in a process, and one for each client; claims on
work that one thread of all processes does."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.core.cache import cache

from faceplatform.errors import FaceplatformError


class Turns:
    """The turns at one kind of work.

    Args:
        name: its name in the cache, which all processes share.
        at_once: turns of this process.
        seconds: lifetime of a client's claim, longer than the work: a killed process's claim ends
            by then.
        mine: makes the error while the client itself has a turn.
        others: makes the error while all turns of the process are taken.
    """

    def __init__(
        self,
        name: str,
        *,
        at_once: int,
        seconds: int,
        mine: Callable[[], FaceplatformError],
        others: Callable[[], FaceplatformError],
    ) -> None:
        self._name, self._seconds = name, seconds
        self._mine, self._others = mine, others
        self._of_process = BoundedSemaphore(at_once)

    @contextmanager
    def held(self, client_pk: int) -> Iterator[None]:
        """Hold the client's turn, and one of the process's, for the block.

        Raises:
            FaceplatformError: that of ``mine`` or of ``others``.
        """
        if not self._of_process.acquire(blocking=False):
            raise self._others()
        try:
            with claimed(f"{self._name}:{client_pk}", seconds=self._seconds, taken=self._mine):
                yield
        finally:
            self._of_process.release()


@contextmanager
def claimed(claim: str, *, seconds: int, taken: Callable[[], FaceplatformError]) -> Iterator[None]:
    """Hold a claim, which one thread of all processes has at a time, for the block.

    Args:
        seconds: lifetime of the claim, longer than the work: a killed process's claim ends by then.
        taken: makes the error while another one has it.

    Raises:
        FaceplatformError: that of ``taken``.
    """
    token = secrets.token_hex(8)
    if not cache.add(claim, token, timeout=seconds):
        raise taken()
    try:
        yield
    finally:
        if cache.get(claim) == token:  # not another's, after this one's lifetime
            cache.delete(claim)
