"""Limits on calls. If the cache fails, the call fails: it is never allowed uncounted."""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db import DatabaseError
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from faceplatform.addresses import network_of
from faceplatform.cache import CountingRedisCache, MachineCache


class SlidingWindow:
    """A limit of so many in so many seconds, exact when several processes count at once.

    Two counters, after Cloudflare: the count of this span, and the count of the last span times the
    share of it that the window still covers. REST framework keeps a list of moments instead, which
    grows with the limit and loses counts that two processes add at once.
    """

    def __init__(self, cache: Any, key: str, *, limit: int, seconds: int, now: float) -> None:
        self._counters = cast("CountingRedisCache | MachineCache", cache)
        span, self._passed = divmod(now, seconds)
        self._this, self._last = f"{key}:{span:.0f}", f"{key}:{span - 1:.0f}"
        self._limit, self._seconds = limit, seconds

    def take(self) -> bool:
        """Count one more if there is room; return False, with nothing counted, if there is none."""
        self._count(1)
        if self._held <= self._limit:
            return True
        # Refused calls do not count: a caller that keeps asking would never be let in again.
        self._count(-1)
        return False

    def has_room(self) -> bool:
        """Return True if one more can be counted."""
        self._count(0)
        return self._held + 1 <= self._limit

    def wait(self) -> float:
        """Return the seconds until there is room again, if nobody else takes it; more than 0."""
        if self._held + 1 <= self._limit:  # simultaneous calls, refused too, were counted a moment
            return 1.0
        room = self._limit - self._in_this - 1
        if room >= 0:  # as soon as the window covers less of the last span
            return self._seconds * (1 - room / self._in_last) - self._passed
        left = self._seconds - self._passed
        return left + self._seconds * (1 - (self._limit - 1) / self._in_this)

    @property
    def _held(self) -> float:
        """The window's count, as of the last `_count`."""
        return self._in_this + self._in_last * (1 - self._passed / self._seconds)

    def _count(self, amount: int) -> None:
        """Add to this span's counter, and read both spans' counters."""
        self._in_this, self._in_last = self._counters.count(
            self._this, 2 * self._seconds, other=self._last, amount=amount
        )


class _ByNetwork(SimpleRateThrottle):
    """A throttle that identifies strangers by address, or by network for IPv6 (`network_of`)."""

    def get_ident(self, request: Request) -> str:
        return network_of(str(super().get_ident(request)))


class CallerThrottle(_ByNetwork):
    """Limits all calls of one caller: a client, a session, or an address."""

    scope = "caller"
    # Set by the base class from the rate.
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        self._window = SlidingWindow(
            self.cache,
            self.get_cache_key(request, view),
            limit=self.num_requests,
            seconds=self.duration,
            now=self.timer(),
        )
        return self._window.take()

    def wait(self) -> float:
        return self._window.wait()

    def get_cache_key(self, request: Request, view: Any) -> str:
        key = getattr(request.user, "throttle_key", None) or f"address:{self.get_ident(request)}"
        return f"throttle:{self.scope}:{key}"


class StrangerThrottle(_ByNetwork):
    """Limits the refusals that one address gets without a valid token or Host: 400, 401, 403, 404,
    406.

    Only refusals are counted. A caller with a valid token is never limited here, even if it shares
    its address with an attacker, and costs no round trip to the cache.
    """

    scope = "strangers"
    # Set by the base class from the rate.
    num_requests: int
    duration: int

    def instead_of(self, refusal: Exception, request: Request | HttpRequest) -> Exception:
        """Count the refusal by its ``throttle_key``, if it has one, or else by address.

        Returns:
            The refusal, Throttled if there were too many, or the error of a cache that fails.
        """
        address = self.get_ident(cast("Request", request))
        counted_as = getattr(refusal, "throttle_key", None) or f"address:{address}"
        window = SlidingWindow(
            self.cache,
            f"throttle:{self.scope}:{counted_as}",
            limit=self.num_requests,
            seconds=self.duration,
            now=self.timer(),
        )
        try:
            room = window.take()
        except (DatabaseError, RedisError) as e:
            return e
        return refusal if room else Throttled(wait=math.ceil(window.wait()))


class FailureThrottle(_ByNetwork):
    """Limits failures only, so that a busy caller with the right credentials never notices it.

    There are two windows: one for the pair of address and name (guesses at one name), and one with
    ten times the limit for the address (guesses at many names). There is none for a name alone:
    anyone could lock it out.
    """

    scope = "credentials"
    # Set by the base class from the rate.
    num_requests: int
    duration: int
    _ADDRESS_FACTOR = 10

    def __init__(self, request: Request | HttpRequest, name: str) -> None:
        super().__init__()
        address = self.get_ident(cast("Request", request))  # only META is used, which both have
        # A digest, because caches do not allow all characters in keys.
        digest = hashlib.sha256(name.encode()).hexdigest()
        self._limits = {
            f"throttle:{self.scope}:{address}:{digest}": self.num_requests,
            f"throttle:{self.scope}:{address}": self.num_requests * self._ADDRESS_FACTOR,
        }

    @contextmanager
    def attempt(self, *refusals: type[Exception]) -> Iterator[None]:
        """Guard the check of credentials in the block, which must do nothing else.

        The result of the check is revealed only if there is room for a failure at that moment. So
        simultaneous guesses, which all start before any is counted, learn no more than the same
        number in sequence. No room is reserved, so simultaneous calls with the right credentials do
        not hinder each other.

        Args:
            refusals: exceptions that the block raises for wrong credentials.

        Raises:
            rest_framework.exceptions.Throttled
        """
        self._require(SlidingWindow.has_room)
        try:
            yield
        except refusals:
            self._require(SlidingWindow.take)
            raise
        self._require(SlidingWindow.has_room)

    def _require(self, room: Callable[[SlidingWindow], bool]) -> None:
        for key, limit in self._limits.items():
            window = SlidingWindow(
                self.cache, key, limit=limit, seconds=self.duration, now=self.timer()
            )
            if not room(window):
                raise Throttled(wait=math.ceil(window.wait()))
