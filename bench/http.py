"""process-image over HTTP on the embedded default, beside the engine alone."""

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any

from bench import pictures
from bench.models import ROOT
from bench.table import Row, Table
from bench.timing import Times
from faceplatform.engine.base import Engine
from faceplatform.engine.decode import decode
from faceplatform.engine.types import Wants

_FRAMES = 8  # of a session: fewer than the ten samples it asks for, so it stays open
_SESSIONS = 5
_CLIENTS = 4
_START_SECONDS = 90


def over_http(engine: Engine, data: Path) -> Table:
    """Frames of one person into enrollments, by one client and by four at once."""
    with _serving(data) as (port, key):
        client = _Client(port, key)
        client.session()
        ours, http = _side_by_side(engine, client)
        one = _throughput(port, key, clients=1)
        four = _throughput(port, key, clients=_CLIENTS)
    return Table(
        "process-image over HTTP on the embedded default (gunicorn, SQLite), 640 x 480, "
        "liveness off as in the default policy",
        [
            Row("engine alone: decode + analyze, median", ours.middle, "ms", note=str(ours)),
            Row("one frame over HTTP, median", http.middle, "ms", note=str(http)),
            Row("HTTP over engine, medians", http.middle / ours.middle, "x", "<= 1.3"),
            Row("one client", one, "frames/s"),
            Row("four clients at once", four, "frames/s"),
            Row("four clients over one", four / one, "x", ">= 1.7"),
        ],
    )


def _side_by_side(engine: Engine, client: "_Client") -> tuple[Times, Times]:
    ours, http = [], []
    for turn in range(_SESSIONS + 1):
        token = client.session()
        for data in pictures.views(_FRAMES):
            start = perf_counter()
            engine.analyze(decode(data), wants=Wants())
            between = perf_counter()
            answer = client.frame(token, data)
            end = perf_counter()
            if not answer["frame_accepted"]:
                raise RuntimeError(f"the server refused a frame: {answer['reason']}")
            if turn:  # the first session warms up
                ours.append((between - start) * 1000)
                http.append((end - between) * 1000)
    return Times(ours), Times(http)


def _throughput(port: int, key: dict[str, str], *, clients: int) -> float:
    """Frames a second of so many clients, each with sessions of its own."""
    callers = [_Client(port, key) for _ in range(clients)]
    tokens = [[caller.session() for _ in range(3)] for caller in callers]

    def work(caller: _Client, sessions: list[str]) -> None:
        for token in sessions:
            for data in pictures.views(_FRAMES):
                caller.frame(token, data)

    with ThreadPoolExecutor(clients) as pool:
        start = perf_counter()
        list(pool.map(work, callers, tokens))
        seconds = perf_counter() - start
    return clients * 3 * _FRAMES / seconds


class _Client:
    """One connection that stays open, as a backend keeps it."""

    def __init__(self, port: int, key: dict[str, str]) -> None:
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        body = {"api_key": key["api_key"], "api_secret": key["api_secret"]}
        self._headers: dict[str, str] = {}
        self._headers["Authorization"] = (
            "Bearer " + self._json("/api/core/auth/client/", body)["access"]
        )

    def session(self) -> str:
        """The token of a new enrollment."""
        body = {"user_id": uuid.uuid4().hex, "session_type": "api", "target_samples": 10}
        return str(self._json("/api/auth/enrollment/", body)["session_token"])

    def frame(self, token: str, data: bytes) -> dict[str, Any]:
        edge = "frame-by-frame"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="session_token"\r\n\r\n{token}',
            f'\r\n--{edge}\r\nContent-Disposition: form-data; name="image"; filename="f.jpg"\r\n'
            "Content-Type: image/jpeg\r\n\r\n",
        ]
        body = "".join(parts).encode() + data + f"\r\n--{edge}--\r\n".encode()
        return self._post("/api/auth/process-image/", body, f"multipart/form-data; boundary={edge}")

    def _json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._post(path, json.dumps(body).encode(), "application/json")

    def _post(self, path: str, body: bytes, content_type: str) -> dict[str, Any]:
        headers = {**self._headers, "Content-Type": content_type}
        self._http.request("POST", path, body, headers)
        response = self._http.getresponse()
        answer: dict[str, Any] = json.loads(response.read())
        if response.status >= 300:
            raise RuntimeError(f"{path} answered {response.status}: {answer}")
        return answer


@contextmanager
def _serving(data: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The server as `make run` starts it, on a free port, with a database of its own."""
    port = _free_port()
    environment = {
        **os.environ,
        "FACEPLATFORM_DATA_DIR": str(data),
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
        "PORT": str(port),
        "THROTTLE_CALLER": "100000/min",
        "THROTTLE_CREDENTIALS": "1000/min",
    }
    _manage(environment, "migrate", "--no-input", "--verbosity", "0")
    key: dict[str, str] = json.loads(
        _manage(environment, "create_client", f"bench-{uuid.uuid4().hex}", "--json")
    )
    command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"]
    log = (data / "server.log").open("w")
    server = subprocess.Popen(
        [*command, "faceplatform.wsgi"], env=environment, cwd=ROOT, stdout=log, stderr=log
    )
    try:
        _wait_for(port, server)
        yield port, key
    finally:
        server.terminate()
        server.wait(timeout=60)
        log.close()


def _manage(environment: dict[str, str], *arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return run.stdout


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    limit = monotonic() + _START_SECONDS
    while monotonic() < limit:
        if server.poll() is not None:
            raise RuntimeError("the server ended; see server.log in its data folder")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            sleep(0.2)
        else:
            return
    raise RuntimeError(f"the server did not listen within {_START_SECONDS} s")
