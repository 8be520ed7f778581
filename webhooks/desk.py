"""The database's side of the delivery loop: everything in it runs in one thread, in short
transactions."""

import logging
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from time import monotonic

from faceplatform.crypto import DecryptionFailed
from webhooks import claims, endpoint_secrets, results
from webhooks.claims import Claimed
from webhooks.lanes import Lanes
from webhooks.results import Result

log = logging.getLogger(__name__)

# Rows of one transaction: SQLite has one writer, and others hold the endpoints' rows.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Work:
    """The outcome of a look for work.

    Attributes:
        claimed: the deliveries to attempt now.
        keys: the keys to sign with, by the endpoint's primary key.
        lease_ends: when the claims end, on the monotonic clock.
        next_at: when the next delivery is due that is not due yet; None without one.
    """

    claimed: list[Claimed] = field(default_factory=list)
    keys: dict[int, list[bytes]] = field(default_factory=dict)
    lease_ends: float = 0.0
    next_at: datetime | None = None


class Desk:
    """Takes results in and gives work out.

    The loop adds to `results` and `unsent` while another thread writes what is in them.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.results: deque[Result] = deque()
        self.unsent: deque[Claimed] = deque()

    @property
    def is_empty(self) -> bool:
        """True if nothing waits to be written."""
        return not self.results and not self.unsent

    def write(self) -> None:
        """Write all results, and give back what was not sent. After an error, all that is not
        written is still there."""
        while piece := list(islice(self.results, AT_ONCE)):
            results.write(piece, now=self._now())
            for _ in piece:
                self.results.popleft()
        while piece_unsent := list(islice(self.unsent, AT_ONCE)):
            claims.give_back(piece_unsent, now=self._now())
            for _ in piece_unsent:
                self.unsent.popleft()

    def look(self, *, lanes: Lanes, in_hand: Collection[int]) -> Work:
        """Claim work; for the arguments see `claims.claim`."""
        lease_ends = monotonic() + claims.LEASE.total_seconds()
        now, groups = self._now(), claims.waiting()
        if moved := claims.put_right(groups, now=now):
            log.warning("%d webhook deliveries brought forward: the clock was set back?", moved)
        most = min(lanes.free, AT_ONCE)
        claimed = claims.claim(groups, now=now, most=most, lanes=lanes, in_hand=in_hand)
        keys = _keys({each.endpoint.pk for each in claimed}, now)
        later = [group.earliest for group in groups if group.earliest > now]
        return Work(claimed, keys, lease_ends, min(later, default=None))


def _keys(endpoints: Collection[int], now: datetime) -> dict[int, list[bytes]]:
    """Return the keys of these endpoints. Of one whose secret cannot be opened there are none."""
    try:
        return endpoint_secrets.keys_by_endpoint(endpoints, now) if endpoints else {}
    except DecryptionFailed:
        return {pk: _keys_of_one(pk, now) for pk in endpoints}


def _keys_of_one(pk: int, now: datetime) -> list[bytes]:
    try:
        return endpoint_secrets.keys_by_endpoint([pk], now).get(pk, [])
    except DecryptionFailed:
        log.error("The secret of webhook endpoint %d cannot be opened", pk)  # noqa: TRY400
        return []
