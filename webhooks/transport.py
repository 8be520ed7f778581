"""HTTP/1.1 for httpx over connections of a `CheckedBackend`; httpx's own takes no network backend.

Connections are httpcore's, its pool is not used: that looks at every connection twice in each
request, and asks the system about each idle one. Here a request looks at the one that it takes.
"""

import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from time import monotonic

import httpcore
import httpx

from webhooks.connections import CheckedBackend

# Below the 5 seconds after which Node.js and Apache close idle connections: a request on one that
# is being closed fails.
_IDLE_SECONDS = 4.0


class CheckedTransport(httpx.AsyncBaseTransport):
    """Sends requests over kept connections. The number of requests at a time is the caller's.

    A request's extension ``owner`` tells whose names it looks up: see `webhooks.resolver`.
    """

    def __init__(self, backend: CheckedBackend, tls: ssl.SSLContext) -> None:
        self._backend = backend
        self._tls = tls
        # The last one used comes first, so that those that are not needed expire.
        self._idle: dict[str, list[httpcore.AsyncHTTPConnection]] = defaultdict(list)
        self._swept_at = monotonic()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = _as_httpcore(request)
        origin = sent.url.origin
        connection = await self._take(origin, request.extensions["owner"])
        try:
            answer = await connection.handle_async_request(sent)
        except BaseException:
            await connection.aclose()
            raise
        return httpx.Response(
            status_code=answer.status,
            # Cookies are not kept: one receiver may belong to several clients.
            headers=[field for field in answer.headers if field[0].lower() != b"set-cookie"],
            stream=_Body(answer, self, connection, str(origin)),
            extensions=answer.extensions,
        )

    async def keep(self, origin: str, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep the connection for the next request, unless its last answer closed it."""
        if connection.is_idle():
            self._idle[origin].append(connection)
        await self._sweep()

    async def aclose(self) -> None:
        idle, self._idle = self._idle, defaultdict(list)
        for connections in idle.values():
            for connection in connections:
                await connection.aclose()

    async def _take(self, origin: httpcore.Origin, owner: int) -> httpcore.AsyncHTTPConnection:
        idle = self._idle[str(origin)]
        while idle:
            connection = idle.pop()
            if not connection.has_expired():  # nor was it closed at the other end
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(
            origin,
            ssl_context=self._tls,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=self._backend.of(owner),
        )

    async def _sweep(self) -> None:
        """Close the connections that have expired, once in that time."""
        now = monotonic()
        if now - self._swept_at < _IDLE_SECONDS:
            return
        self._swept_at = now
        every, self._idle = self._idle, defaultdict(list)
        for origin, connections in every.items():
            for connection in connections:
                if connection.has_expired():
                    await connection.aclose()
                else:
                    self._idle[origin].append(connection)


class _Body(httpx.AsyncByteStream):
    """The body of an answer. Its end gives the connection back."""

    def __init__(
        self,
        answer: httpcore.Response,
        transport: CheckedTransport,
        connection: httpcore.AsyncHTTPConnection,
        origin: str,
    ) -> None:
        self._answer = answer
        self._transport = transport
        self._connection = connection
        self._origin = origin

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._answer.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
        await self._transport.keep(self._origin, self._connection)


def _as_httpcore(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        ),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
