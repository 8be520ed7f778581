"""The memory that pixels take in this process, shared out.

A picture of a few hundred bytes can hold 25 megapixels, so what is decoded at the same time is
bounded by bytes of pixels and not by the number of threads.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from threading import Condition

from django.conf import settings

from faceplatform import heap
from faceplatform.errors import EngineBusy
from faceplatform.metrics import REFUSED

# Who waits holds a picture of up to 10 MB: more of them are refused at once.
_MAX_WAITING = 2
_BUSY_SECONDS = 1

# After a picture that took so much the heap is trimmed.
_LARGE_BYTES = 16 * 1024**2


class Budget:
    """Bytes that may be taken at the same time, by threads.

    Not first come, first served: while a large picture waits for its share, small ones go on.

    Args:
        total: who asks for more gets all of it.
        seconds: how long to wait for a share.

    Attributes:
        waiting: how many threads wait for theirs.
    """

    def __init__(self, total: int, *, seconds: float) -> None:
        self._total = self._free = total
        self._seconds = seconds
        self.waiting = 0
        self._changed = Condition()

    @contextmanager
    def share(self, size: int) -> Iterator[None]:
        """Hold so many bytes within the block.

        Raises:
            faceplatform.errors.EngineBusy: they did not become free in time, or too many wait.
        """
        size = min(size, self._total)
        with self._changed:
            if self._free < size and not self._wait_for(size):
                REFUSED.labels("memory").inc()
                raise EngineBusy(retry_after=_BUSY_SECONDS)
            self._free -= size
        try:
            yield
        finally:
            with self._changed:
                self._free += size
                self._changed.notify_all()
            if size >= _LARGE_BYTES:
                heap.trim()

    def _wait_for(self, size: int) -> bool:
        if self.waiting >= _MAX_WAITING:
            return False
        self.waiting += 1
        try:
            return self._changed.wait_for(lambda: self._free >= size, timeout=self._seconds)
        finally:
            self.waiting -= 1


@cache
def _budget() -> Budget:
    return Budget(
        settings.FACEPLATFORM_PIXEL_MEMORY_MB * 1024**2,
        seconds=settings.FACEPLATFORM_QUEUE_SECONDS,
    )


def share(size: int) -> AbstractContextManager[None]:
    """Hold so many bytes of this process's budget within the block; see `Budget.share`."""
    return _budget().share(size)
