"""A receiver of webhooks that answers at once, in a process of its own (python -m bench.receiver).

Prints its port. ``POST /hang`` never answers; ``GET /`` returns, by path, the number of requests
and the times of the first and last one.
"""

import asyncio
import json
from time import monotonic
from typing import cast

_ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
HANG = "/hang"


class Receiver(asyncio.Protocol):
    """One connection. Requests do not overlap, and each comes with a Content-Length."""

    seen: dict[str, tuple[int, float, float]] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if not end or len(body) < int(length or 0):
            return
        self._data = b""
        method, path, _ = head.decode().split(" ", 2)
        if method == "GET":
            text = json.dumps(self.seen).encode()
            self._transport.write(b"HTTP/1.0 200 OK\r\n\r\n" + text)
            self._transport.close()
            return
        count, first, _ = self.seen.get(path, (0, monotonic(), 0.0))
        self.seen[path] = (count + 1, first, monotonic())
        if path != HANG:
            self._transport.write(_ANSWER)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0, backlog=500)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
