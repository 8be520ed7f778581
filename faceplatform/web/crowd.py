"""All connections of a process, limited in number and in the bytes they hold."""

from collections import Counter
from collections.abc import Iterator

from faceplatform.web.connection import Connection, State

# A drop by this much makes trimming the heap worthwhile.
_MUCH_BYTES = 4 * 1024**2
# Bytes of a request that is no live frame.
_LARGE = 1024**2
_UNANSWERED = {State.RECEIVING, State.QUEUED}


class Crowd:
    """The connections, of which it selects the ones to give up when there is no room for all.

    Args:
        most: limit on the number of connections.
        most_bytes: limit on the bytes they hold. Small requests may exceed it while threads answer
            large ones; by themselves, they may not.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._members: dict[Connection, int] = {}  # bytes held, when last weighed
        self._origins: Counter[str] = Counter()
        self._bytes = self._peak = 0

    def __iter__(self) -> Iterator[Connection]:
        return iter(list(self._members))

    def __contains__(self, connection: Connection) -> bool:
        return connection in self._members

    def __len__(self) -> int:
        return len(self._members)

    @property
    def is_full(self) -> bool:
        return len(self._members) >= self._most

    def add(self, connection: Connection) -> None:
        self._members[connection] = 0
        self._origins[connection.origin] += 1

    def remove(self, connection: Connection) -> None:
        self._bytes -= self._members.pop(connection)
        self._origins[connection.origin] -= 1
        if not self._origins[connection.origin]:
            del self._origins[connection.origin]

    def weigh(self, connection: Connection) -> None:
        """Record the bytes that the connection holds now."""
        held = connection.held
        self._bytes += held - self._members[connection]
        self._members[connection] = held
        self._peak = max(self._peak, self._bytes)

    def has_shrunk(self) -> bool:
        """Return True, once, after the crowd has released many bytes."""
        if self._peak - self._bytes < _MUCH_BYTES:
            return False
        self._peak = self._bytes
        return True

    def most_dispensable(self) -> Connection | None:
        """Return the connection that has waited longest for its peer.

        Only connections of the origin with the most connections count.
        """
        return max(
            (c for c in self._members if c.waits_for_its_peer),
            key=lambda c: (self._origins[c.origin], -c.since),
            default=None,
        )

    def heaviest(self) -> Connection | None:
        """Return the connection to give up: the largest of the origin that holds most.

        Returns None if all connections together are within the limit, or if only those being
        answered exceed it and no large request waits.
        """
        if self._bytes <= self._most_bytes:
            return None
        waiting = {c: n for c, n in self._members.items() if c.state is not State.ANSWERING}
        if sum(waiting.values()) <= self._most_bytes:
            # Threads hold large bodies. There is no room for another one, but live frames go on.
            waiting = {c: n for c, n in waiting.items() if n >= _LARGE and c.state in _UNANSWERED}
        weights: Counter[str] = Counter()
        for connection, held in waiting.items():
            weights[connection.origin] += held
        return max(waiting, key=lambda c: (weights[c.origin], waiting[c]), default=None)
