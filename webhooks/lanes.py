"""The bound on what one endpoint may occupy: pure bookkeeping of one process.

An endpoint that answers quickly may have deliveries in hand that wait for the ones being sent, so
that none of its lanes is ever idle. A slow one has none, and a failing one keeps two lanes only:
however many endpoints hang, others find room.
"""

from collections import Counter
from datetime import timedelta

_QUICK = timedelta(seconds=1)
_AHEAD = 4
_OF_FAILING = 2


class Lanes:
    """The deliveries in hand, by endpoint.

    Args:
        most: the number of requests that one endpoint gets at once.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._in_hand: Counter[int] = Counter()
        self._limits: dict[int, int] = {}

    def room(self, endpoint_id: int) -> int:
        """Return the number of further deliveries that the endpoint may have in hand."""
        limit = self._limits.get(endpoint_id, self.most)
        return max(0, limit - self._in_hand[endpoint_id])

    def enter(self, endpoint_id: int) -> None:
        """Count a delivery that was claimed."""
        self._in_hand[endpoint_id] += 1

    def leave(self, endpoint_id: int) -> None:
        """Count a delivery that is in hand no more."""
        self._in_hand[endpoint_id] -= 1
        if not self._in_hand[endpoint_id]:
            del self._in_hand[endpoint_id]

    def answered(self, endpoint_id: int, *, succeeded: bool, milliseconds: int) -> None:
        """Set the endpoint's limit by its last answer."""
        if not succeeded:
            self._limits[endpoint_id] = min(_OF_FAILING, self.most)
        elif timedelta(milliseconds=milliseconds) <= _QUICK:
            self._limits[endpoint_id] = _AHEAD * self.most
        else:
            self._limits.pop(endpoint_id, None)
