"""All connections of a process, bounded in number and in the bytes they hold."""

from collections import Counter
from collections.abc import Iterator

from faceplatform.web.connection import Connection, State

# Where this much of what all held is gone, the heap is worth a trim.
_MUCH_BYTES = 4 * 1024**2


class Crowd:
    """Knows which connection to give up where there is no room for all.

    Args:
        most: connections.
        most_bytes: that they hold while no thread has them.
    """

    def __init__(self, *, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._members: dict[Connection, int] = {}  # what each held when it was last weighed
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
        """Take note of what it holds now."""
        held = connection.held
        self._bytes += held - self._members[connection]
        self._members[connection] = held
        self._peak = max(self._peak, self._bytes)

    def has_shrunk(self) -> bool:
        """Return True, once, after the crowd held much more than it does now."""
        if self._peak - self._bytes < _MUCH_BYTES:
            return False
        self._peak = self._bytes
        return True

    def most_dispensable(self) -> Connection | None:
        """Of the origin with most connections, the one that waits longest for its peer."""
        return max(
            (c for c in self._members if c.waits_for_its_peer),
            key=lambda c: (self._origins[c.origin], -c.since),
            default=None,
        )

    def heaviest(self) -> Connection | None:
        """The largest of the origin that holds most, where all hold too much; otherwise None."""
        if self._bytes <= self._most_bytes:
            return None
        # What threads have in hand is bounded by their number.
        waiting = {c: n for c, n in self._members.items() if c.state is not State.ANSWERING}
        if sum(waiting.values()) <= self._most_bytes:
            return None
        weights: Counter[str] = Counter()
        for connection, held in waiting.items():
            weights[connection.origin] += held
        return max(waiting, key=lambda c: (weights[c.origin], waiting[c]))
