"""The bounds on what one endpoint, and one client, may occupy: pure bookkeeping of one process.

An endpoint that answers quickly may have deliveries in hand that wait for the ones being sent, so
that none of its lanes is ever idle. One that is slow, fails, or has not answered yet has two lanes.

A client may have as many in hand as are free. So one alone gets half of all places, and a second
one finds room at once. Places that become free go to those who have fewer, until all have as many.
"""

from collections import Counter
from copy import deepcopy
from datetime import timedelta
from typing import Self

_QUICK = timedelta(seconds=1)
_AHEAD = 4
_UNPROVEN = 2


class Lanes:
    """The deliveries in hand, by endpoint and by client.

    Args:
        most: the number of requests that one endpoint gets at once.
        places: the number of deliveries in hand at most.
    """

    def __init__(self, most: int, places: int) -> None:
        self.most = most
        self._places = places
        self._of_endpoint: Counter[int] = Counter()
        self._of_client: Counter[int] = Counter()
        self._quick: set[int] = set()

    @property
    def free(self) -> int:
        """The number of places that nobody has."""
        return self._places - self._of_client.total()

    def room(self, endpoint_id: int, client_id: int) -> int:
        """Return the number of further deliveries that an endpoint of a client may have in hand."""
        # Each one that enters has the client's number grow, and that of the free ones shrink.
        share = (self.free - self.of(client_id) + 1) // 2
        return max(0, min(self.room_of_endpoint(endpoint_id), share))

    def room_of_endpoint(self, endpoint_id: int) -> int:
        """Return the same, if its client had nothing else in hand."""
        quick = endpoint_id in self._quick
        limit = _AHEAD * self.most if quick else min(_UNPROVEN, self.most)
        return max(0, limit - self._of_endpoint[endpoint_id])

    def of(self, client_id: int) -> int:
        """Return the number of deliveries that a client has in hand."""
        return self._of_client[client_id]

    def enter(self, endpoint_id: int, client_id: int) -> None:
        """Count a delivery that was claimed."""
        self._of_endpoint[endpoint_id] += 1
        self._of_client[client_id] += 1

    def leave(self, endpoint_id: int, client_id: int) -> None:
        """Count a delivery that is in hand no more."""
        for counter, key in ((self._of_endpoint, endpoint_id), (self._of_client, client_id)):
            counter[key] -= 1
            if not counter[key]:
                del counter[key]

    def answered(self, endpoint_id: int, *, succeeded: bool, milliseconds: int) -> None:
        """Set the endpoint's limit by its last answer."""
        if succeeded and timedelta(milliseconds=milliseconds) <= _QUICK:
            self._quick.add(endpoint_id)
        else:
            self._quick.discard(endpoint_id)

    def copy(self) -> Self:
        """Return a copy, for another thread, or to try."""
        return deepcopy(self)
