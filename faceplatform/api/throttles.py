"""Limits on calls. A cache that cannot answer is an error, never a permission."""

import hashlib
import math
from typing import Any, cast

from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from faceplatform.cache import CountingRedisCache, MachineCache


class CallerThrottle(SimpleRateThrottle):
    """All calls of one caller: a client, a session, or an address.

    A sliding window of two counters (Cloudflare's): the calls of this span, and those of the one
    before for the share of it that the window still holds. Two numbers a caller, where a list of
    moments, which the base class keeps, grows with the rate; and exact when processes count at
    the same time.
    """

    scope = "caller"
    # Set by the base class from the rate.
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        span, self._passed = divmod(self.timer(), self.duration)
        counters = cast("CountingRedisCache | MachineCache", self.cache)
        this, before, two_spans = f"{key}:{span:.0f}", f"{key}:{span - 1:.0f}", 2 * self.duration
        self._calls, self._before = counters.count(this, two_spans, beside=before)
        held = self._before * (1 - self._passed / self.duration)
        if held + self._calls <= self.num_requests:
            return True
        # What is refused does not count, or who goes on asking would never be let in again.
        self._calls, _ = counters.count(this, two_spans, beside=before, by=-1)
        return False

    def wait(self) -> float:
        """Seconds until the next call may come, if no other does."""
        room = self.num_requests - self._calls - 1
        if room >= 0:  # as soon as the window holds less of the span before
            return self.duration * (1 - room / self._before) - self._passed
        left = self.duration - self._passed
        return left + self.duration * (1 - (self.num_requests - 1) / self._calls)

    def get_cache_key(self, request: Request, view: Any) -> str:
        key = getattr(request.user, "throttle_key", None) or f"address:{self.get_ident(request)}"
        return f"throttle:{self.scope}:{key}"


class FailureThrottle(SimpleRateThrottle):
    """Counts failures only, so that a busy caller with the right credentials never notices it.

    Two counters: one for the pair of address and name (a guess at one name), and one ten times
    as wide for the address (a guess at many). A name alone has none: anyone could lock it out.
    """

    scope = "credentials"
    # Set by the base class from the rate.
    num_requests: int
    duration: int
    _ADDRESS_FACTOR = 10

    def __init__(self, request: Request, name: str) -> None:
        super().__init__()
        address = self.get_ident(request)
        # As a digest: a cache refuses some characters in its keys.
        digest = hashlib.sha256(name.encode()).hexdigest()
        self._counters = (
            (f"throttle:{self.scope}:{address}:{digest}", self.num_requests),
            (f"throttle:{self.scope}:{address}", self.num_requests * self._ADDRESS_FACTOR),
        )

    def check(self) -> None:
        """Raise Throttled when there were too many failures in the window."""
        for key, limit in self._counters:
            failures = self._recent(key)
            if len(failures) >= limit:
                raise Throttled(wait=math.ceil(self.duration - (self.timer() - failures[-1])))

    def record_failure(self) -> None:
        for key, limit in self._counters:
            failures = [self.timer(), *self._recent(key)][:limit]
            self.cache.set(key, failures, self.duration)

    def _recent(self, key: str) -> list[float]:
        since = self.timer() - self.duration
        return [moment for moment in self.cache.get(key, []) if moment > since]
