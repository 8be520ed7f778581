"""Return memory to the system after large images and bodies.

By default glibc's malloc puts blocks of up to 32 MB into its heaps, eight for each core, and keeps
them there. With other C libraries (musl, macOS) this module does nothing.
"""

import ctypes
import platform
from functools import cache

# mallopt(3), from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# Blocks of at least this size are mapped one by one, and unmapped when they are freed. With 0.5 MB,
# a frame of 640 x 480 costs 870 page faults (2 ms) more; with 4 MB, none.
_MMAP_BYTES = 4 * 1024**2
_TRIM_BYTES = 16 * 1024**2
# With two, a process under large images holds 15 MB more, and answers no faster.
_ARENAS = 1


def configure() -> None:
    """Limit the free memory that this process's heaps keep. Call it before starting threads."""
    if libc := _libc():
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        libc.mallopt(_M_ARENA_MAX, _ARENAS)


def trim() -> None:
    """Return the heaps' free memory to the system. Takes 3 ms."""
    if libc := _libc():
        libc.malloc_trim(0)


@cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
