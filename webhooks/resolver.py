"""DNS: names to addresses, in threads, because the system's resolver blocks."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address

from webhooks.addresses import Address

Lookup = Callable[[str], list[Address]]

# A name whose servers do not answer occupies one for as long as the system's resolver tries. They
# are started when needed.
_THREADS = 100


def system_lookup(host: str) -> list[Address]:
    """Return the addresses of a name or a literal address, in the system's order of preference.

    Raises:
        OSError: none is known.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    # Without a zone (fe80::1%eth0), which would hide an address from a comparison.
    texts = (str(sockaddr[0]).partition("%")[0] for *_, sockaddr in found)
    return list(dict.fromkeys(map(ip_address, texts)))


class Resolver:
    """Looks names up, each at most once at a time, however many wait for it."""

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhooks-dns")
        self._pending: dict[str, asyncio.Future[list[Address]]] = {}

    async def addresses(self, host: str) -> list[Address]:
        """Return the addresses of a name.

        Raises:
            OSError: none is known.
        """
        pending = self._pending.get(host)
        if pending is None:
            loop = asyncio.get_running_loop()
            pending = loop.run_in_executor(self._threads, self._lookup, host)
            self._pending[host] = pending
            pending.add_done_callback(lambda done: self._forget(host, done))
        # Shielded: one that gives up does not take the result from the others.
        return await asyncio.shield(pending)

    def close(self) -> None:
        """Start no further lookup, and wait for none."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _forget(self, host: str, done: asyncio.Future[list[Address]]) -> None:
        del self._pending[host]
        if not done.cancelled():
            done.exception()  # retrieved, for the case that everybody gave up
