"""The memory that pixels take in this process: shared out, and given back to the system.

A picture of a few hundred bytes can hold 25 megapixels, so what is decoded at the same time is
bounded by bytes of pixels and not by the number of threads.
"""

import ctypes
import platform
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from threading import Condition

from django.conf import settings

from faceplatform.errors import EngineBusy
from faceplatform.metrics import REFUSED

# Who waits holds a picture of up to 10 MB: more of them are refused at once.
_MAX_WAITING = 2
_BUSY_SECONDS = 1

# After a picture that took so much, what is left in the heaps is given back, in 3 ms.
_LARGE_BYTES = 16 * 1024**2

# glibc's mallopt(3), from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# Blocks from this size on are mapped one by one, and gone when they are freed. With 0.5 MB a frame
# of 640 x 480 would pay for it (870 page faults, 2 ms), with 4 MB it does not.
_MMAP_BYTES = 4 * 1024**2
_TRIM_BYTES = 16 * 1024**2
_ARENAS = 2


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
                _trim()

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


@cache
def _libc() -> ctypes.CDLL | None:
    """The C library where it is glibc, whose malloc has to be told to give memory back."""
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None


def _trim() -> None:
    if libc := _libc():
        libc.malloc_trim(0)


def give_back() -> None:
    """Have this process return the memory of large pictures to the system once they are done.

    By default glibc's malloc puts blocks of up to 32 MB into its heaps, of which it has eight for
    each core, and keeps them there.
    """
    libc = _libc()
    if libc is None:
        return
    for option, value in (
        (_M_MMAP_THRESHOLD, _MMAP_BYTES),
        (_M_TRIM_THRESHOLD, _TRIM_BYTES),
        (_M_ARENA_MAX, _ARENAS),
    ):
        libc.mallopt(option, value)
