"""Outbound HTTP: one signed POST to an endpoint, with everything checked and bounded.

The safety lies in layers: `endpoint_url` reads URLs strictly, `addresses` decides on IP addresses,
`connections` connects to those it has checked, `transport` keeps connections. This module sends,
and turns all that networks and receivers do into an `Answer`.

A connection is reused only for its own scheme, host and port. Its address was checked when it was
made, and that decision cannot change while the process runs: it depends on nothing but address,
port and settings. No proxy is used, and the environment's are ignored: behind one, the checked
address would not be the one that is called.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Self

import httpcore
import httpx
from django.conf import settings
from django.utils import timezone

from webhooks.addresses import Refusal
from webhooks.answers import (
    MOST_TEXT_BYTES,
    Answer,
    Failure,
    printable,
    retry_after,
    status_failure,
)
from webhooks.connections import (
    AddressRefused,
    CertificateRefused,
    CheckedBackend,
    HandshakeFailed,
    NameUnresolved,
)
from webhooks.endpoint_url import (
    EndpointUrl,
    EndpointUrlRefused,
    UrlFault,
    UrlPolicy,
    require_allowed_url,
)
from webhooks.resolver import Lookup, Resolver, system_lookup
from webhooks.transport import CheckedTransport

__all__ = ["Answer", "EndpointUrlRefused", "Failure", "Sender", "require_allowed_url"]

TOTAL_SECONDS = 15.0
_CONNECT_SECONDS = 5.0
# For the rest of the answer, once its status is known.
_BODY_SECONDS = 2.0
# A longer body is not read to its end, so that its connection is closed.
_MOST_BODY_BYTES = 64 * 1024
# Each chunk costs processor time, however small it is.
_LEAST_COUNTED_BYTES = 64
_HEADERS = {
    "content-type": "application/json",
    "user-agent": f"Faceplatform-Webhooks/{settings.SPECTACULAR_SETTINGS['VERSION']}",
    "accept": "*/*",
    "connection": "keep-alive",  # said for receivers that speak HTTP/1.0
    # Nothing is decoded: a compressed answer could unpack to any size.
    "accept-encoding": "identity",
}
_SIGNED = "webhook-"

# The first class that fits counts.
_FAILURES: tuple[tuple[type[Exception], Failure], ...] = (
    (NameUnresolved, Failure.DNS_FAILED),
    (CertificateRefused, Failure.CERTIFICATE_REFUSED),
    (HandshakeFailed, Failure.TLS_FAILED),
    (httpcore.ConnectTimeout, Failure.CONNECT_TIMEOUT),
    (httpcore.ConnectError, Failure.CONNECT_FAILED),
    (httpcore.RemoteProtocolError, Failure.PROTOCOL_ERROR),
    (httpcore.TimeoutException, Failure.TIMEOUT),
    (TimeoutError, Failure.TIMEOUT),
    (httpcore.NetworkError, Failure.CONNECTION_LOST),
    (OSError, Failure.CONNECTION_LOST),  # as of a TLS record that cannot be decrypted
)
_EXPECTED = tuple(kind for kind, _ in _FAILURES)
_URL_FAILURES = {
    UrlFault.ADDRESS: Failure.ADDRESS_REFUSED,
    UrlFault.PORT: Failure.PORT_REFUSED,
}


@dataclass(slots=True)
class _Received:
    """An answer as far as it has come."""

    status_code: int | None = None
    retry_after: timedelta | None = None
    start: bytearray = field(default_factory=bytearray)


class Sender:
    """Posts to endpoints, over connections that it keeps. Used with ``async with``.

    Args:
        policy: the rules for URLs and addresses; those of the settings by default.
        lookup: looks up a name's addresses; the system's by default.
        tls: trusts the certificate authorities that receivers may use. By default those of the
            package ``certifi``, or of the files that ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` name.
        total_seconds, connect_seconds: limits of a whole request, and within it of looking up the
            name and connecting, and of the TLS handshake.
    """

    def __init__(
        self,
        *,
        policy: UrlPolicy | None = None,
        lookup: Lookup = system_lookup,
        tls: ssl.SSLContext | None = None,
        total_seconds: float = TOTAL_SECONDS,
        connect_seconds: float = _CONNECT_SECONDS,
    ) -> None:
        self._policy = policy or UrlPolicy.configured()
        self._seconds = total_seconds
        self._resolver = Resolver(lookup)
        transport = CheckedTransport(
            CheckedBackend(self._policy.addresses, self._resolver),
            tls or httpx.create_ssl_context(),
        )
        self._timeouts = httpx.Timeout(total_seconds, connect=connect_seconds).as_dict()
        self._client = httpx.AsyncClient(
            transport=transport, follow_redirects=False, trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._resolver.close()
        await self._client.__aexit__(kind, error, traceback)

    async def post(
        self, url: str, *, body: bytes, headers: Mapping[str, str], owner: int = 0
    ) -> Answer:
        """Send one request; return the answer or the failure.

        Nothing that a network or a receiver does is raised. The status alone decides, so an answer
        that breaks off after it counts by it.

        Args:
            headers: those of `webhooks.signing`. All others are this module's own, so that none
                can override a signed one.
            owner: the client. One whose names are not answered does not delay another's.

        Raises:
            ValueError: another header.
        """
        if foreign := [name for name in headers if not name.lower().startswith(_SIGNED)]:
            raise ValueError(f"not a header of a signature: {foreign}")
        started, received = monotonic(), _Received()
        error = await self._failure(url, body, headers, owner, received)
        return Answer(
            status_code=received.status_code,
            milliseconds=round(1000 * (monotonic() - started)),
            error=error or "",
            retry_after=received.retry_after,
            text=printable(bytes(received.start)),
        )

    async def _failure(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        owner: int,
        received: _Received,
    ) -> Failure | None:
        """Make the request; return why it failed, None after a success."""
        try:
            request = self._request(self._policy.require_allowed(url), body, headers, owner)
            await self._exchange(request, received)
        except EndpointUrlRefused as e:
            return _URL_FAILURES.get(e.reason, Failure.URL_REFUSED)
        except AddressRefused as e:
            return Failure.PORT_REFUSED if e.refusal is Refusal.PORT else Failure.ADDRESS_REFUSED
        except _EXPECTED as e:
            if received.status_code is None:
                return next(failure for kind, failure in _FAILURES if isinstance(e, kind))
        return None if received.status_code is None else status_failure(received.status_code)

    def _request(
        self, target: EndpointUrl, body: bytes, headers: Mapping[str, str], owner: int
    ) -> httpx.Request:
        url = httpx.URL(str(target))
        if url.raw_host.decode() != target.host:
            raise EndpointUrlRefused(UrlFault.HOST)
        # Complete, so that the client merges nothing into it, which would cost as much as the rest.
        return httpx.Request(
            "POST",
            url,
            headers={**_HEADERS, **headers},
            content=body,
            extensions={"timeout": self._timeouts, "owner": owner},
        )

    async def _exchange(self, request: httpx.Request, received: _Received) -> None:
        """Send the request, and fill in the answer as it comes."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._seconds
        async with (
            asyncio.timeout_at(end) as limit,
            aclosing(await self._client.send(request, stream=True)) as response,
        ):
            received.status_code = response.status_code
            received.retry_after = retry_after(response.headers.get("retry-after"), timezone.now())
            limit.reschedule(min(end, loop.time() + _BODY_SECONDS))
            size = 0
            async for part in response.aiter_raw():
                received.start += part[: MOST_TEXT_BYTES - len(received.start)]
                size += max(len(part), _LEAST_COUNTED_BYTES)
                if size > _MOST_BODY_BYTES:
                    break
