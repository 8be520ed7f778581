"""Limits on calls. If the cache fails, the call fails: it is never allowed uncounted."""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from django.db import Error
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from faceplatform import metering
from faceplatform.addresses import network_of
from faceplatform.api.callers import ClientCaller, SessionCaller
from faceplatform.api.windows import SlidingWindow, charge_all, rate_limit_headers, take_all
from faceplatform.tenant import Tenant

_MINUTE = 60


class _ByNetwork(SimpleRateThrottle):
    """A throttle that identifies strangers by address, or by network for IPv6 (`network_of`)."""

    def get_ident(self, request: Request) -> str:
        return network_of(str(super().get_ident(request)))


class CallerThrottle(_ByNetwork):
    """Limits the calls of a client and of its credential by the client's limits, those of one
    session's holder, and those of an address without a token.

    Calls that post images are counted apart from others. A frame of a session's holder counts for
    the session and for the client.
    """

    scope = "caller"
    # Set by the base class from the rate.
    num_requests: int
    duration: int

    def allow_request(self, request: Request, view: Any) -> bool:
        caller: object = request.user
        if isinstance(caller, ClientCaller | SessionCaller):
            metering.count_for(caller.client)
        windows = self._windows(request, posts_image=_posts_image(request, view))
        self._full = take_all(windows)
        _tell(request, windows)
        return self._full is None

    def charge(self, request: Request, frames: int) -> None:
        """Count further frames of a call that was let in, room or not: their work has been done."""
        windows = self._windows(request, posts_image=True)
        charge_all(windows, frames)
        _tell(request, windows)

    def wait(self) -> float | None:
        return None if self._full is None else self._full.wait()

    def _windows(self, request: Request, *, posts_image: bool) -> list[SlidingWindow]:
        match cast("object", request.user):
            case ClientCaller(client=client, credential=credential) if posts_image:
                return self.windows_of_frames(client, credential)
            case ClientCaller(client=client, credential=credential):
                limits = client.limits_in_force
                both = limits.calls_per_minute, limits.credential_calls_per_minute
                return self._of_client("calls", *both, client, credential)
            case SessionCaller() as caller:
                own = self._by_rate(f"session:{caller.session_key}", policy="session")
                # The client's count is none of the browser's business: no policy is named.
                shared = f"frames:client:{caller.client.pk}"
                limit = caller.client.limits_in_force.frames_per_minute
                return [own, self._per_minute(shared, limit)] if posts_image else [own]
            case _:
                return [self._by_rate(f"address:{self.get_ident(request)}")]

    def windows_of_frames(self, client: Tenant, credential: UUID | None) -> list[SlidingWindow]:
        """Return the windows that count a frame of a client, and of the credential it comes by."""
        limits = client.limits_in_force
        both = limits.frames_per_minute, limits.credential_frames_per_minute
        return self._of_client("frames", *both, client, credential)

    def _of_client(
        self, unit: str, limit: int, share: int | None, client: Tenant, credential: UUID | None
    ) -> list[SlidingWindow]:
        windows = [self._per_minute(f"{unit}:client:{client.pk}", limit, unit)]
        # Without a limit of its own, a credential's count cannot exceed its client's.
        if share is not None and credential is not None:
            key = f"{unit}:credential:{credential}"
            windows.append(self._per_minute(key, share, f"credential-{unit}"))
        return windows

    def _per_minute(self, key: str, limit: int, policy: str = "") -> SlidingWindow:
        return self._window(key, limit, _MINUTE, policy)

    def _by_rate(self, key: str, policy: str = "") -> SlidingWindow:
        return self._window(f"{self.scope}:{key}", self.num_requests, self.duration, policy)

    def _window(self, key: str, limit: int, seconds: int, policy: str) -> SlidingWindow:
        return SlidingWindow(
            self.cache,
            f"throttle:{key}",
            limit=limit,
            seconds=seconds,
            now=self.timer(),
            policy=policy,
        )


def _tell(request: Request, windows: list[SlidingWindow]) -> None:
    """Keep the headers for `ResponseHeadersMiddleware`, which sends them with a refusal, too."""
    told = rate_limit_headers(windows)
    request._request.rate_limit = told  # type: ignore[attr-defined]  # noqa: SLF001


def _posts_image(request: Request, view: Any) -> bool:
    return request.method == "POST" and getattr(view, "takes_images", False)


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
        except (Error, RedisError) as e:
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
