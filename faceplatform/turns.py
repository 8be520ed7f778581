"""Turns at long work of a thread: a few at once in a process, and one for each client."""

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
        claim, token = f"{self._name}:{client_pk}", secrets.token_hex(8)
        if not self._of_process.acquire(blocking=False):
            raise self._others()
        try:
            if not cache.add(claim, token, timeout=self._seconds):
                raise self._mine()
            try:
                yield
            finally:
                if cache.get(claim) == token:  # not another's, after this one's lifetime
                    cache.delete(claim)
        finally:
            self._of_process.release()
