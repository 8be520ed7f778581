"""DNS: names to addresses, in threads, because the system's resolver blocks."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from weakref import WeakValueDictionary

from webhooks.addresses import Address

Lookup = Callable[[str], list[Address]]

# A name whose servers do not answer occupies one for as long as the system's resolver tries. They
# are started when needed.
_THREADS = 100
_OF_OWNER = 4


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
    """Looks names up, each at most once at a time, however many wait for it.

    An owner has only a few lookups at a time: names that are never answered, which occupy threads
    long after everybody has given up, leave threads for other owners.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="webhooks-dns")
        self._pending: dict[str, asyncio.Future[list[Address]]] = {}
        self._turns: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()

    async def addresses(self, host: str, *, owner: int) -> list[Address]:
        """Return the addresses of a name.

        Args:
            owner: on whose behalf.

        Raises:
            OSError: none is known.
        """
        if host not in self._pending:
            turn = self._turns.setdefault(owner, asyncio.Semaphore(_OF_OWNER))
            await turn.acquire()
            if host in self._pending:  # another began it meanwhile
                turn.release()
            else:
                self._begin(host, turn)
        # Shielded: one that gives up does not take the result from the others.
        return await asyncio.shield(self._pending[host])

    def close(self) -> None:
        """Start no further lookup, and wait for none."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self, host: str, turn: asyncio.Semaphore) -> None:
        loop = asyncio.get_running_loop()
        pending = loop.run_in_executor(self._threads, self._lookup, host)
        self._pending[host] = pending
        pending.add_done_callback(partial(self._ended, host, turn))

    def _ended(
        self, host: str, turn: asyncio.Semaphore, done: asyncio.Future[list[Address]]
    ) -> None:
        del self._pending[host]
        turn.release()
        if not done.cancelled():
            done.exception()  # retrieved, for the case that everybody gave up
