"""Sliding windows: limits of so many in so many seconds, shared by all processes."""

import math
from collections.abc import Sequence
from typing import Any, cast

from faceplatform.cache import Counted, Counter, CountingRedisCache, MachineCache


class SlidingWindow:
    """A limit of so many in so many seconds, exact when several processes count at once.

    Two counters, after Cloudflare: the count of this span, and the count of the last span times the
    share of it that the window still covers. REST framework keeps a list of moments instead, which
    grows with the limit and loses counts that two processes add at once.

    Args:
        policy: name under which the caller is told of it (`rate_limit_headers`); "" for none.
    """

    def __init__(
        self, cache: Any, key: str, *, limit: int, seconds: int, now: float, policy: str = ""
    ) -> None:
        self._counters = cast("CountingRedisCache | MachineCache", cache)
        span, self._passed = divmod(now, seconds)
        self._this, self._last = f"{key}:{span:.0f}", f"{key}:{span - 1:.0f}"
        self._limit, self._seconds, self.policy = limit, seconds, policy

    def take(self) -> bool:
        """Count one more if there is room; return False, with nothing counted, if there is none."""
        return take_all([self]) is None

    def has_room(self) -> bool:
        """Return True if one more can be counted."""
        _count([self], 0)
        return self._held + 1 <= self._limit

    def take_some(self, amount: int) -> bool:
        """Count so many at once if there is room for one; return False, with nothing counted, if
        there is none."""
        _count([self], amount)
        if self._held - amount + 1 <= self._limit:
            return True
        self.give_back(amount)
        return False

    def give_back(self, amount: int) -> None:
        """Count so many less."""
        _count([self], -amount)

    def wait(self) -> float:
        """Return the seconds until there is room again, if nobody else takes it; more than 0."""
        if self._held + 1 <= self._limit:  # simultaneous calls, refused too, were counted a moment
            return 1.0
        return self._until(1)

    def policy_item(self) -> str:
        """Return the limit as an item of RateLimit-Policy."""
        return f'"{self.policy}";q={self._limit};w={self._seconds}'

    def limit_item(self) -> str:
        """Return the state as an item of RateLimit: what is left, and for how many seconds no more
        will be."""
        left = max(0, math.floor(self._limit - self._held))
        seconds = self._until(left + 1) if left < self._limit else self._seconds
        return f'"{self.policy}";r={left};t={max(1, math.ceil(round(seconds, 3)))}'

    @property
    def is_full(self) -> bool:
        """True if more is counted than the limit allows."""
        return self._held > self._limit

    @property
    def counter(self) -> Counter:
        return Counter(self._this, 2 * self._seconds, self._last)

    def note(self, counted: Counted) -> None:
        """Take over what the cache counted."""
        self._in_this, self._in_last = counted

    def _until(self, wanted: int) -> float:
        """Return the seconds until the window has room for so many; at most its limit."""
        room = self._limit - self._in_this - wanted
        if room >= 0:  # as soon as the window covers less of the last span
            covered = 1 - room / self._in_last if self._in_last else 0
            return self._seconds * covered - self._passed
        left = self._seconds - self._passed
        return left + self._seconds * (1 - (self._limit - wanted) / self._in_this)

    @property
    def _held(self) -> float:
        """The window's count, as of the last `note`."""
        return self._in_this + self._in_last * (1 - self._passed / self._seconds)


def take_all(windows: Sequence[SlidingWindow]) -> SlidingWindow | None:
    """Count one more in each window, in one round trip to the cache, if all have room.

    Returns:
        None; or, with nothing counted, the window without room that has the longest wait.
    """
    _count(windows, 1)
    full = [window for window in windows if window.is_full]
    if not full:
        return None
    # Refused calls do not count: a caller that keeps asking would never be let in again.
    _count(windows, -1)
    return max(full, key=SlidingWindow.wait)


def charge_all(windows: Sequence[SlidingWindow], amount: int) -> None:
    """Count so many in each window, in one round trip to the cache, though one be full by that."""
    _count(windows, amount)


def rate_limit_headers(windows: Sequence[SlidingWindow]) -> dict[str, str]:
    """Return the headers of those windows that the caller is told of.

    Their form is that of draft-ietf-httpapi-ratelimit-headers-11 (May 2026), sections 3 and 4.
    """
    told = [window for window in windows if window.policy]
    if not told:
        return {}
    return {
        "RateLimit-Policy": ", ".join(window.policy_item() for window in told),
        "RateLimit": ", ".join(window.limit_item() for window in told),
    }


def _count(windows: Sequence[SlidingWindow], amount: int) -> None:
    """Add to the counters of windows of one cache, and read them."""
    counters = windows[0]._counters  # noqa: SLF001  (its own module)
    counted = counters.count_all([window.counter for window in windows], amount)
    for window, count in zip(windows, counted, strict=True):
        window.note(count)
