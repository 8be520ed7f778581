"""A real web server of one process and two threads, and callers that behave badly."""

import json
import os
import socket
import sys
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.deployment import Process, free_port
from tests.web.requests import head

THREADS = 2
METRICS_TOKEN = "a-token-for-prometheus-only"
HEALTH = head(line="GET /api/core/health/ HTTP/1.1")
LARGE = head(line="GET /static/large HTTP/1.1")
LARGE_BYTES = 50_000_000  # more than the system buffers


class Server:
    """gunicorn with the product's worker and application, without engine and tables.

    Args:
        settings: environment variables.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.port = free_port()
        (folder / "static").mkdir()
        with (folder / "static" / "large").open("wb") as file:
            file.truncate(LARGE_BYTES)
        own = {
            "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
            "FACEPLATFORM_DATA_DIR": str(folder),
            "FACEPLATFORM_METRICS_TOKEN": METRICS_TOKEN,
        }
        self.process = Process(
            "web",
            [
                *(sys.executable, "-m", "gunicorn", "--config", os.devnull),
                *("--worker-class", "faceplatform.web.worker.Worker"),
                *("--threads", str(THREADS), "--keep-alive", "600"),
                *("--bind", f"127.0.0.1:{self.port}", "--no-control-socket"),
                "faceplatform.wsgi",
            ],
            environment=os.environ | own | settings,
            folder=folder,
            is_ready=lambda process: "Booting worker" in process.said() and self._answers(),
        )

    def _answers(self) -> bool:
        try:
            return self.health() == 200
        except ConnectionRefusedError:
            return False

    def __enter__(self) -> "Server":
        self.process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=60)

    def sent(self, data: bytes) -> socket.socket:
        """Open a connection and send this on it."""
        caller = self.connect()
        caller.sendall(data)
        return caller

    def health(self) -> int:
        """Return the status of one honest call."""
        with self.sent(HEALTH) as caller:
            return answer(caller).status

    def turned_away(self, reason: str) -> float:
        """Return the number of connections closed for that reason, from the server's metrics."""
        authorization = f"Authorization: Bearer {METRICS_TOKEN}"
        with self.sent(head(authorization, line="GET /metrics HTTP/1.1")) as caller:
            metrics = answer(caller).content.decode()
        name = "faceplatform_connections_turned_away_total"
        return sum(
            sample.value
            for family in text_string_to_metric_families(metrics)
            for sample in family.samples
            if (sample.name, sample.labels.get("reason")) == (name, reason)
        )


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    content: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """Return the problem document in the answer."""
        assert self.headers["Content-Type"] == "application/problem+json"
        document: dict[str, Any] = json.loads(self.content)
        assert document["status"] == self.status
        return document


def answer(caller: socket.socket) -> Answer:
    """Read the next answer, and not a byte more."""
    top = b""
    while not top.endswith(b"\r\n\r\n"):
        top += _received(caller, 1)
    line, _, fields = top.partition(b"\r\n")
    headers = message_from_bytes(fields)
    content = _received(caller, int(headers["Content-Length"]))
    return Answer(int(line.split()[1]), headers, content)


def _received(caller: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        piece = caller.recv(count - len(received))
        if not piece:
            raise EOFError(f"the server closed after {received!r}")
        received += piece
    return received


def rest(caller: socket.socket) -> bytes:
    """Read everything until the server closes."""
    received = b""
    while piece := caller.recv(65536):
        received += piece
    return received
