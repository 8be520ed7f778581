"""The memory budget for pixels in this process.

An image of a few hundred bytes can hold 25 megapixels, so concurrent decoding is bounded by bytes
of pixels, not by the number of threads.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from threading import Condition

from django.conf import settings

from faceplatform import heap
from faceplatform.errors import EngineBusy
from faceplatform.metrics import REFUSED

# A waiting thread holds an image of up to 10 MB; further ones are refused at once.
_MAX_WAITING = 2
_BUSY_SECONDS = 1

# The heap is trimmed after a share of at least this size.
_LARGE_BYTES = 16 * 1024**2


class Budget:
    """Bytes that threads may hold at the same time.

    Not first come, first served: small images go on while a large one waits for its share.

    Args:
        total: the budget in bytes. A larger request gets all of it.
        seconds: the longest wait for a share.

    Attributes:
        waiting: the number of waiting threads.
    """

    def __init__(self, total: int, *, seconds: float) -> None:
        self._total = self._free = total
        self._seconds = seconds
        self.waiting = 0
        self._changed = Condition()

    @contextmanager
    def share(self, size: int) -> Iterator[None]:
        """Hold this many bytes within the block.

        Raises:
            faceplatform.errors.EngineBusy: the bytes did not become free in time, or too many
                threads wait.
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
    """Hold this many bytes of the process's budget within the block; see `Budget.share`."""
    return _budget().share(size)
