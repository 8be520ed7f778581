"""gunicorn's threaded worker against ours (python -m bench.callers).

Measures the cost of a request, and the time of one more while other callers stall.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from bench import hardware
from bench.servers import Server
from bench.table import Row, Table
from bench.timing import interleaved

_WORKERS = {"gthread": "gthread", "ours": "faceplatform.web.worker.Worker"}
_BODY = b"x" * 100_000  # a frame's
_ROUNDS = 4000
_STALLED = 300
_PATIENCE_SECONDS = 5
_HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n"
_KINDS = {
    "say nothing": b"",
    "stall in a header": _HEAD + b"X-Some: th",
    "stall in a body": _HEAD + b"Content-Length: 100000\r\n\r\n" + _BODY[:5000],
    "stall in a chunk": _HEAD + b"Transfer-Encoding: chunked\r\n\r\n1000\r\nx",
}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the body and do nothing else (WSGI)."""
    read = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    answer = str(read).encode()
    start_response("200 OK", [("Content-Length", str(len(answer)))])
    return [answer]


def main() -> None:
    print(hardware.describe())
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch, ExitStack() as stack:
        servers = {
            name: stack.enter_context(_serve(name, worker, Path(scratch)))
            for name, worker in _WORKERS.items()
        }
        print(_measure_costs(servers))
        print(_measure_stalled(servers))


def _serve(name: str, worker: str, folder: Path) -> Server:
    environment = {
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
        "FACEPLATFORM_DATA_DIR": str(folder / name),
    }
    return Server(
        name,
        "bench.callers:application",
        folder=folder,
        environment=environment,
        worker=worker,
        processes=1,
        threads=16,
    )


def _measure_costs(servers: dict[str, Server]) -> Table:
    posts = {name: server.poster() for name, server in servers.items()}
    spent = dict.fromkeys(servers, 0.0)

    def post(name: str) -> None:
        before = _processor_seconds(servers[name])
        for _ in range(10):
            posts[name]("/", _BODY, "image/jpeg")
        spent[name] += _processor_seconds(servers[name]) - before

    tasks = {name: lambda name=name: post(name) for name in servers}
    times = interleaved(tasks, rounds=_ROUNDS // 10, warm_up=0)
    rows = []
    for name in servers:
        rows.append(Row(f"{name}: a request, median", times[name].middle / 10, "ms"))
        rows.append(Row(f"{name}: processor time", 1000 * spent[name] / _ROUNDS, "ms"))
    return Table(f"Requests of {len(_BODY) // 1000} KB, by turns", rows)


def _measure_stalled(servers: dict[str, Server]) -> Table:
    rows = []
    for kind, data in _KINDS.items():
        for name, server in servers.items():
            with _stalling_callers(server, data):
                seconds = _time_another(server)
            rows.append(
                Row(
                    f"{name}: a request while {_STALLED} {kind}",
                    seconds,
                    "s",
                    note="" if seconds < _PATIENCE_SECONDS else "no answer",
                )
            )
    return Table("Callers that stall", rows)


@contextmanager
def _stalling_callers(server: Server, data: bytes) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(_STALLED):
            caller = socket.create_connection(("127.0.0.1", server.port), timeout=60)
            stack.enter_context(caller).sendall(data)
        yield


def _time_another(server: Server) -> float:
    """Return the seconds that one more request takes, at most the patience of its caller."""
    start = perf_counter()
    with socket.create_connection(("127.0.0.1", server.port), timeout=_PATIENCE_SECONDS) as caller:
        caller.sendall(_HEAD + b"Content-Length: 1\r\n\r\nx")
        try:
            caller.recv(1)
        except TimeoutError:
            return _PATIENCE_SECONDS
    return perf_counter() - start


def _processor_seconds(server: Server) -> float:
    """Return the time of all threads of the serving process, as the scheduler counts it."""
    (process,) = server.process.children()
    threads = Path(f"/proc/{process}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    main()
