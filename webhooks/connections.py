"""Connections to checked addresses: a name is resolved, all its addresses are checked, and the
connection is made to one of exactly these.

This is a network backend of httpcore, so that nothing between check and connection resolves the
name a second time. TLS still names, and verifies, the host of the URL.
"""

import asyncio
import select
import ssl
from collections.abc import Iterable
from contextlib import suppress
from time import monotonic
from typing import Any

import httpcore

from webhooks.addresses import Address, AddressPolicy, Refusal
from webhooks.answer_bounds import AnswerBounds
from webhooks.resolver import Resolver

# Of a name's addresses, this many are tried.
_MOST_TRIED = 4


class AddressRefused(Exception):
    """The name has an address that may not be called."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.value)


class NameUnresolved(Exception):
    """DNS knows no address of the name, or did not answer in time."""


class HandshakeFailed(Exception):
    """No TLS connection came about, though a TCP connection did."""


class CertificateRefused(HandshakeFailed):
    """The receiver's certificate is not valid for the host, or not trusted."""


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Opens connections to allowed addresses only.

    Args:
        owner: whose names they are: see `Resolver`.
    """

    def __init__(self, policy: AddressPolicy, resolver: Resolver, owner: int = 0) -> None:
        self._policy = policy
        self._resolver = resolver
        self._owner = owner
        self._inner = httpcore.AnyIOBackend()

    def of(self, owner: int) -> "CheckedBackend":
        """Return the same for another owner."""
        return CheckedBackend(self._policy, self._resolver, owner)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to an address of the host, within the time for name and connection.

        Raises:
            NameUnresolved
            AddressRefused: of any of its addresses. A name with a public and an internal one is an
                attack or a mistake, and the answer must not depend on their order.
            httpcore.ConnectError, httpcore.ConnectTimeout: of the last address tried.
        """
        if timeout is None:
            raise ValueError("a connection needs a time limit")
        until = monotonic() + timeout
        addresses = await self._addresses(host, timeout)
        for address in addresses:
            if refusal := self._policy.refusal(address, port):
                raise AddressRefused(refusal)
        return await self._connect_any(addresses[:_MOST_TRIED], port, until)

    async def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise AddressRefused(Refusal.RESERVED)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, seconds: float) -> list[Address]:
        try:
            async with asyncio.timeout(seconds):
                addresses = await self._resolver.addresses(host, owner=self._owner)
        except OSError as e:  # TimeoutError is one
            raise NameUnresolved(host) from e
        if not addresses:
            raise NameUnresolved(host)
        return addresses

    async def _connect_any(
        self, addresses: list[Address], port: int, until: float
    ) -> httpcore.AsyncNetworkStream:
        *others, last = addresses
        for tried, address in enumerate(others):
            # An address that does not answer leaves time for those after it.
            share = (until - monotonic()) / (len(addresses) - tried)
            try:
                return await self._connect(address, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connect(last, port, until - monotonic())

    async def _connect(self, address: Address, port: int, seconds: float) -> "_Stream":
        stream = await self._inner.connect_tcp(str(address), port, timeout=max(seconds, 0.01))
        return _Stream(stream)


class _Stream(httpcore.AsyncNetworkStream):
    """A connection whose failed handshakes can be told from failed connections.

    It sends head and body of a request in one piece, because each costs processor time at both
    ends. The answer is bounded by `AnswerBounds`.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        # For each question about a connection, anyio gathers all that is known of it.
        self._socket = inner.get_extra_info("socket")
        self._unsent = b""
        self._bounds = AnswerBounds()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except httpcore.ConnectError as e:
            if isinstance(e.__cause__, ssl.SSLCertVerificationError):
                raise CertificateRefused from e
            raise HandshakeFailed from e
        return _Stream(inner)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._unsent:
            unsent, self._unsent = self._unsent, b""
            # A receiver may answer, and close, before it has read all of a request.
            with suppress(httpcore.WriteError):
                await self._inner.write(unsent, timeout)
            self._bounds = AnswerBounds()
        data = await self._inner.read(max_bytes, timeout)
        self._bounds.count(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Keep it until `read`, which follows on each request."""
        self._unsent += buffer

    async def aclose(self) -> None:
        await self._inner.aclose()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        return self._inner.get_extra_info(info)

    def _is_readable(self) -> bool:
        """Return True if the idle connection was closed at the other end, or is here."""
        if self._socket.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))
