"""Memory goes back to the system once large pictures and bodies are done.

By default glibc's malloc puts blocks of up to 32 MB into its heaps, of which it has eight for each
core, and keeps them there. Elsewhere (musl, macOS) nothing is done.
"""

import ctypes
import platform
from functools import cache

# mallopt(3), from malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
# Blocks from this size on are mapped one by one, and gone when they are freed. With 0.5 MB a frame
# of 640 x 480 would pay for it (870 page faults, 2 ms), with 4 MB it does not.
_MMAP_BYTES = 4 * 1024**2
_TRIM_BYTES = 16 * 1024**2
_ARENAS = 2


def configure() -> None:
    """Keep little in this process's heaps. To be called before it has threads."""
    if libc := _libc():
        libc.mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES)
        libc.mallopt(_M_ARENA_MAX, _ARENAS)


def trim() -> None:
    """Give back what is free in the heaps, in 3 ms."""
    if libc := _libc():
        libc.malloc_trim(0)


@cache
def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None) if platform.libc_ver()[0] == "glibc" else None
