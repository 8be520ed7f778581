"""A client of WebSockets: one message out, one in."""

import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # that of RFC 6455, section 1.3
ACCEPTED = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
PATH = "/api/auth/stream/"


def opening(headers: Mapping[str, str | None], *, port: int = 80, path: str = PATH) -> bytes:
    """Return the request that opens a WebSocket; None leaves a header out."""
    fields: dict[str, str | None] = {
        "Host": f"127.0.0.1:{port}",
        "Connection": "keep-alive, Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    return "\r\n".join([f"GET {path} HTTP/1.1", *lines, "\r\n"]).encode()


def masked(event: Event) -> bytes:
    """Return what a client sends."""
    return Connection(ConnectionType.CLIENT).send(event)


class Socket:
    """One WebSocket. Close it.

    Args:
        tls: of a proxy's certificate; None for plain http.

    Attributes:
        head: the server's answer to the opening.
    """

    def __init__(
        self,
        port: int,
        *,
        path: str = PATH,
        tls: ssl.SSLContext | None = None,
        **headers: str | None,
    ) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        if tls is not None:
            self._socket = tls.wrap_socket(self._socket, server_hostname="127.0.0.1")
        self._protocol = Connection(ConnectionType.CLIENT)
        self._events: list[Event] = []
        self._socket.sendall(opening(headers, port=port, path=path))
        self.head = b""
        while not self.head.endswith(b"\r\n\r\n"):
            self.head += self._socket.recv(1)

    def __enter__(self) -> "Socket":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *frames: bytes) -> None:
        self.send_events(*(BytesMessage(data=frame) for frame in frames))

    def send_events(self, *events: Event) -> None:
        self._socket.sendall(b"".join(self._protocol.send(event) for event in events))

    def frame(self, image: bytes) -> dict[str, Any]:
        """Send a frame and return its answer."""
        self.send(image)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """Return the next answer."""
        text = ""
        while True:
            event = self.event()
            assert isinstance(event, TextMessage), event
            text += event.data
            if event.message_finished:
                answer: dict[str, Any] = json.loads(text)
                return answer

    def event(self) -> Event:
        while not self._events:
            self._protocol.receive_data(self._socket.recv(65536) or None)
            self._events = list(self._protocol.events())
        return self._events.pop(0)

    def close_code(self) -> int:
        """Return the code with which the server closes."""
        event = self.event()
        assert isinstance(event, CloseConnection), event
        return int(event.code)

    def ping(self) -> bytes:
        """Send a ping and return the payload of the pong."""
        self.send_events(Ping(payload=b"still there?"))
        event = self.event()
        assert isinstance(event, Pong)
        return bytes(event.payload)
