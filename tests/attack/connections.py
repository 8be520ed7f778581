"""Hundreds of connections that start a request and then stall.

Each kind has a first part, and a part that is sent each second after it. A connection that the
server closes is opened again, as an attacker would.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import perf_counter
from types import TracebackType
from typing import Self

from tests.deployment import as_form

_CONNECT_SECONDS = 1.0
_RECEIVE_BYTES = 4096
_SCRIPT = "/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"
_HEAD = "{} {} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_TOKENS = _HEAD.format("POST", "/api/core/auth/client/") + "Content-Type: application/json\r\n"
_FORM = "Content-Type: multipart/form-data; boundary=slow\r\n"
_FRAMES = _HEAD.format("POST", "/api/auth/process-image/") + _FORM
_STREAM = (
    _HEAD.format("GET", "/api/auth/stream/")
    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    + f"Sec-WebSocket-Key: {'A' * 22}==\r\n"
)
# Frames of RFC 6455 from a client, masked by zeros: an empty ping, and the head of a binary message
# of a megabyte.
_PING = b"\x89\x80" + bytes(4)
_MESSAGE = b"\x82\xff" + (1_000_000).to_bytes(8) + bytes(4)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to be slow.

    Attributes:
        first: sent after connecting.
        each_second: sent each second after that; may be empty.
    """

    first: bytes
    each_second: bytes = b""


def kinds(session_token: str) -> dict[str, Kind]:
    """Return all kinds by name. The dripping body and two streams have a session's token."""
    length = "Content-Length: {}\r\n\r\n"
    chunked = "Transfer-Encoding: chunked\r\n\r\n"
    owned = f"X-Session-Token: {session_token}\r\n"
    foreign = f"X-Session-Token: enr_{'a' * 43}\r\n"
    ask = _HEAD.format("GET", _SCRIPT) + "\r\n"
    return {
        "idle": Kind(b""),
        "half a header": Kind(_TOKENS.encode()),
        "a header, dripping": Kind(_TOKENS.encode() + b"X-Slow: ", b"a"),
        "half a body": Kind(
            (_TOKENS + length.format(1000)).encode() + b'{"api_key": "' + b"a" * 487
        ),
        "a body, dripping": Kind((_FRAMES + owned + length.format(1_000_000)).encode(), b"a"),
        "a large body, growing": Kind(
            (_FRAMES + foreign + length.format(10_000_000)).encode(), b"a" * 512 * 1024
        ),
        "chunks, dripping": Kind((_TOKENS + chunked).encode(), b"1\r\na\r\n"),
        "answers never read": Kind(ask.encode() * 4, ask.encode()),
        "a stream, idle": Kind((_STREAM + owned + "\r\n").encode()),
        "a stream, dripping": Kind((_STREAM + owned + "\r\n").encode() + _MESSAGE, b"a"),
        "a stream, pings never read": Kind((_STREAM + foreign + "\r\n").encode(), _PING * 500),
    }


class Stalled:
    """A number of connections of a kind, open for the duration of the block.

    Attributes:
        dropped: number of connections that the server has closed.
        refused: number of failed attempts to connect.
    """

    def __init__(self, port: int, kind: Kind, count: int) -> None:
        self._port, self._kind = port, kind
        self._open: list[socket.socket | None] = [None] * count
        self._end = Event()
        self._thread = Thread(target=self._keep_up)
        self.dropped = self.refused = 0

    def __enter__(self) -> Self:
        for place in range(len(self._open)):
            self._connect(place)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        self._thread.join()
        for connection in filter(None, self._open):
            connection.close()

    def _keep_up(self) -> None:
        while not self._end.wait(1.0):
            for place, connection in enumerate(self._open):
                if connection is None or not self._drip(connection):
                    self._close(place)
                    self._connect(place)

    def _connect(self, place: int) -> None:
        connection = socket.socket()
        # Small, so that an answer that is never read does not fit into the buffers.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(("127.0.0.1", self._port))
            connection.sendall(self._kind.first)
        except OSError:
            self.refused += 1
            connection.close()
            return
        connection.setblocking(False)
        self._open[place] = connection

    def _close(self, place: int) -> None:
        connection, self._open[place] = self._open[place], None
        if connection is not None:
            self.dropped += 1
            connection.close()

    def _drip(self, connection: socket.socket) -> bool:
        """Send the next part; return True if the connection is still open."""
        try:
            with suppress(BlockingIOError):  # there is nothing to read, and no room to write
                if not self._kind.each_second:
                    return bool(connection.recv(_RECEIVE_BYTES))
                connection.send(self._kind.each_second)
        except OSError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Upload:
    """The result of an upload over a slow line. Status 0 means no answer."""

    status: int
    seconds: float


def slow_upload(
    port: int, session_token: str, image: bytes, *, rate: int, seconds: float
) -> Upload:
    """Post a frame at this many bytes per second, in ten pieces per second.

    Args:
        seconds: time limit for the answer, once the frame is sent.
    """
    body, kind = as_form(image)
    head = (
        f"{_HEAD.format('POST', '/api/auth/process-image/')}X-Session-Token: {session_token}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    start = perf_counter()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
            for piece in _in_pieces(head.encode() + body, rate // 10):
                connection.sendall(piece)
                time.sleep(0.1)
            status = int(connection.recv(64).split()[1])
    except (OSError, IndexError):  # refused, aborted, or closed without an answer
        status = 0
    return Upload(status, perf_counter() - start)


def _in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))
