"""A client's backend: a real HTTP server on loopback that verifies every signature."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from standardwebhooks.webhooks import Webhook


class Backend:
    """Counts what it accepted by webhook-id, and keeps what it got.

    Attributes:
        secret: verifies each request; set it before the first one.
        fails: returns True to answer 503, by webhook-id and the number of requests with it so far.
        accepted: the bodies that were answered 204, by webhook-id.
        refused: errors of requests whose signatures are wrong.
    """

    def __init__(self) -> None:
        self.secret = ""
        self.fails: Callable[[str, int], bool] = lambda *_: False
        self.accepted: dict[str, list[Any]] = {}
        self.refused: list[str] = []
        self.port = 0
        self._asked: dict[str, int] = {}
        self._lock = Lock()
        self._answers = Event()
        self._answers.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """Return the status that answers a request."""
        self._answers.wait()
        message = headers["webhook-id"]
        try:
            Webhook(self.secret).verify(body.decode(), headers)
        except Exception as e:  # noqa: BLE001  (every error is a refusal, and fails the test)
            self.refused.append(repr(e))
            return 400
        with self._lock:
            before = self._asked.get(message, 0)
            self._asked[message] = before + 1
            if self.fails(message, before):
                return 503
            self.accepted.setdefault(message, []).append(json.loads(body))
        return 204

    @contextmanager
    def silence(self) -> Iterator[None]:
        """Answer nothing, and take nothing, within the block."""
        self._answers.clear()
        try:
            yield
        finally:
            self._answers.set()

    @contextmanager
    def listening(self) -> Iterator["Backend"]:
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                names = {name.lower(): value for name, value in self.headers.items()}
                self.send_response(backend.take(body, names))
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            self.port = server.server_port
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
            try:
                yield self
            finally:
                server.shutdown()
