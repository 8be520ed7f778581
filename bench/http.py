"""process-image over HTTP on the embedded default, against the engine alone."""

import json
import re
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from time import perf_counter

from bench import pictures
from bench.table import Row, Table
from bench.timing import Times
from faceplatform.engine.base import DecodingEngine
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.types import Wants
from tests.deployment import Caller, Embedded, as_form, models_folder

_FRAMES = 8  # per session: fewer than its target samples, so it stays open
_SAMPLES = 10
_SESSIONS = 5
_CLIENTS = 4
_ROUNDS = 3


def over_http(engine: DecodingEngine, data: Path) -> Table:
    """Post frames of one person to enrollments, by one client and by four at once."""
    with serve(data) as server:
        port = server.port
        caller = server.caller(server.create_client(f"bench-{uuid.uuid4().hex}"))
        caller.enrollment(target_samples=_SAMPLES)
        ours, http = _time_side_by_side(engine, port, caller)
        rates = [
            (
                _measure_throughput(port, caller, clients=1),
                _measure_throughput(port, caller, clients=_CLIENTS),
            )
            for _ in range(_ROUNDS)
        ]
    one, four = (median(rate) for rate in zip(*rates, strict=True))
    return Table(
        "process-image over HTTP on the embedded default (gunicorn, SQLite), 640 x 480, "
        "liveness off as in the default policy",
        [
            Row("engine alone: decode + analyze, median", ours.middle, "ms", note=str(ours)),
            Row("one frame over HTTP, median", http.middle, "ms", note=str(http)),
            Row("HTTP over engine, medians", http.middle / ours.middle, "x", "<= 1.3"),
            Row("one client, median", one, "frames/s", note=f"of {_ROUNDS}, taking turns"),
            Row("four clients at once, median", four, "frames/s"),
            Row("four clients over one, medians", four / one, "x", ">= 1.7"),
        ],
    )


def _time_side_by_side(engine: DecodingEngine, port: int, caller: Caller) -> tuple[Times, Times]:
    ours, http = [], []
    connection = Connection(port, caller.token)
    for turn in range(_SESSIONS + 1):
        token = caller.enrollment(target_samples=_SAMPLES)
        for data in pictures.views(_FRAMES):
            request = connection.build_request(token, data)
            start = perf_counter()
            engine.analyze(decode(data), wants=Wants())
            between = perf_counter()
            answer = connection.exchange(request)
            end = perf_counter()
            _require_accepted(answer)
            if turn:  # the first session warms up
                ours.append((between - start) * 1000)
                http.append((end - between) * 1000)
    return Times(ours), Times(http)


def _measure_throughput(port: int, caller: Caller, *, clients: int) -> float:
    """Return the frames per second of several clients at once, with a connection per session.

    A client that has finished a session takes the next one, so that none sends alone at the end.
    """
    count = _SESSIONS * clients
    tokens = iter([caller.enrollment(target_samples=_SAMPLES) for _ in range(count)])

    def work(_: int) -> None:
        for token in tokens:
            connection = Connection(port, caller.token)
            for data in pictures.views(_FRAMES):
                _require_accepted(connection.exchange(connection.build_request(token, data)))

    with ThreadPoolExecutor(clients) as pool:
        start = perf_counter()
        list(pool.map(work, range(clients)))
        seconds = perf_counter() - start
    return count * _FRAMES / seconds


class Connection:
    """A minimal client that posts frames over one socket.

    It shares the cores of the server, and Python's own HTTP client would take a tenth of the time
    that the platform adds to a frame.
    """

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def build_request(self, token: str, image: bytes) -> bytes:
        body, content_type = as_form(image, session_token=token)
        head = (
            "POST /api/auth/process-image/ HTTP/1.1\r\n"
            f"Host: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._token}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def exchange(self, request: bytes) -> bytes:
        """Send a request. Return head and body of the answer."""
        self._socket.sendall(request)
        answer = b""
        while (end := answer.find(b"\r\n\r\n")) < 0 or len(answer) < end + 4 + _length(answer):
            received = self._socket.recv(65536)
            if not received:
                raise RuntimeError("the server closed the connection")
            answer += received
        return answer


def _length(answer: bytes) -> int:
    found = re.search(rb"\r\nContent-Length: (\d+)\r\n", answer)
    if found is None:
        raise RuntimeError(f"an answer without a length: {answer!r}")
    return int(found[1])


def _require_accepted(answer: bytes) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or not json.loads(body)["frame_accepted"]:
        raise RuntimeError(f"the server refused a frame: {answer!r}")


def serve(data: Path) -> Embedded:
    """Return the server as `make run` starts it, with throttles for callers that never pause."""
    throttles = {
        "FACEPLATFORM_THROTTLE_CALLER": "100000/min",
        "FACEPLATFORM_THROTTLE_CREDENTIALS": "1000/min",
    }
    return Embedded(data, models=models_folder(), **throttles)
