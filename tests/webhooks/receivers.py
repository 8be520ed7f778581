"""Receivers on loopback that answer with any bytes, and count connections and requests."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from webhooks.addresses import AddressPolicy
from webhooks.endpoint_url import UrlPolicy

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LOOPBACK = UrlPolicy(
    allow_http=True, addresses=AddressPolicy((ip_network("127.0.0.0/8"),), frozenset())
)


@dataclass
class Receiver:
    """A listening receiver.

    Attributes:
        answers: the bytes that answer each request in turn; the last one again and again. None
            never answers.
        closes: the connection is closed after each answer.
        closed: set when a connection has ended.
    """

    answers: Sequence[bytes | None]
    closes: bool = False
    port: int = 0
    connections: int = 0
    requests: list[tuple[bytes, bytes]] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def headers(self, number: int = -1) -> dict[str, str]:
        """Return the headers of a request, by names in lower case."""
        lines = self.requests[number][0].decode().split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.closed.set()

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n"))[:-4]
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        self.requests.append((head, await reader.readexactly(length)))
        answer = self.answers[min(len(self.requests), len(self.answers)) - 1]
        if answer is None:
            await reader.read()  # until the sender gives up
            return False
        writer.write(answer)
        await writer.drain()
        return not self.closes


@asynccontextmanager
async def receiver(
    *answers: bytes | None,
    closes: bool = False,
    tls: ssl.SSLContext | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
) -> AsyncIterator[Receiver]:
    """Run a receiver at the address, on a free port unless one is given."""
    listening = Receiver(answers or (OK,), closes)
    server = await asyncio.start_server(listening.serve, host, port, ssl=tls)
    listening.port = server.sockets[0].getsockname()[1]
    try:
        yield listening
    finally:
        server.close()


def resolving_to(*texts: str):
    """Return a lookup that gives these addresses for each name."""
    return lambda _: [ip_address(text) for text in texts]
