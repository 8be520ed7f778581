"""Deliveries a second, a hanging endpoint, and the cost for a frame (python -m bench.webhooks).

A production deployment on this machine with one webhooks worker, and a receiver that answers at
once. With BENCH_JSON=FILE also writes the rows.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, process_time

import httpx

from bench import hardware
from bench.receiver import HANG
from bench.table import Row, Table, write_json
from bench.timing import interleaved
from tests.deployment import ROOT, Caller, Deployment, wait_until
from tests.photographs import photo

_EACH = 300  # deliveries of each endpoint
_ENDPOINTS = 10
_ROUNDS = 3
_SECONDS = 120
_CONNECTIONS = 40  # of the bare loop
_FRAMES = 200
_WARM_UP = 5
_SUBSCRIBED = 3


class Receiver:
    """The receiver's process, as a client of it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def seen(self, paths: list[str]) -> list[tuple[int, float, float]]:
        """Return count, first and last time of each path that was called."""
        http = HTTPConnection("127.0.0.1", self.port)
        http.request("GET", "/")
        all_paths = json.loads(http.getresponse().read())
        http.close()
        return [tuple(all_paths[path]) for path in paths if path in all_paths]

    def rate(self, paths: list[str], count: int) -> float:
        """Wait for so many requests at these paths; return requests a second."""

        def arrived() -> bool:
            return sum(each[0] for each in self.seen(paths)) >= count

        wait_until(arrived, _SECONDS, f"{count} deliveries have arrived")
        seen = self.seen(paths)
        return count / (max(each[2] for each in seen) - min(each[1] for each in seen))


@contextmanager
def _receiving() -> Iterator[Receiver]:
    command = [sys.executable, "-m", "bench.receiver"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Receiver(int(next(iter(process.stdout or ()))))
        finally:
            process.kill()


@contextmanager
def _log_shown(deployment: Deployment) -> Iterator[None]:
    """Print the end of the web server's log after an error: its file goes with the deployment."""
    try:
        yield
    except RuntimeError:
        print(deployment.web.said()[-5000:], file=sys.stderr)
        raise


def main() -> None:
    print(hardware.describe())
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch, _receiving() as to:
        deployment = Deployment(
            Path(scratch) / "deployment",
            webhooks=True,
            housekeeping=False,
            FACEPLATFORM_WEBHOOKS_ALLOW_HTTP="true",
            FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS="127.0.0.0/8",
        )
        with deployment, _log_shown(deployment):
            print(f"Database: {deployment.database.make.name}")
            tables = []
            for measure in (_rates, _frames):
                tables.append(measure(deployment, to))
                print(tables[-1], flush=True)
    write_json(tables)


def _rates(deployment: Deployment, to: Receiver) -> Table:
    bare, quick, beside, busy, bare_busy = [], [], [], [], []
    count = _EACH * _ENDPOINTS
    for turn in range(_ROUNDS):
        worked = process_time()
        bare.append(_bare(to, f"/bare-{turn}"))
        bare_busy.append(1000 * (process_time() - worked) / count)
        busy_before = _busy_seconds(deployment.webhooks.pid)
        quick.append(_delivered(deployment, to, f"/quick-{turn}-", hanging=False))
        busy.append(1000 * (_busy_seconds(deployment.webhooks.pid) - busy_before) / count)
        beside.append(_delivered(deployment, to, f"/beside-{turn}-", hanging=True))
    ratio = max(beside) / max(quick)
    of_all = max(quick) * _ENDPOINTS / (_ENDPOINTS - 1)
    return Table(
        f"{_EACH} deliveries for each of {_ENDPOINTS} endpoints, best of {_ROUNDS} rounds",
        [
            Row("bare httpx, unsigned, no database", max(bare), "requests/s"),
            Row("the same, processor time", min(bare_busy), "ms/request"),
            Row("one webhooks worker", of_all, "deliveries/s", ">= 500"),
            Row("the same, processor time", min(busy), "ms/delivery"),
            Row("nine of the endpoints, the tenth quick", max(quick), "deliveries/s"),
            Row("nine of the endpoints, the tenth hangs", max(beside), "deliveries/s"),
            Row("the second of the first", ratio, "x", ">= 0.9"),
        ],
    )


def _delivered(deployment: Deployment, to: Receiver, prefix: str, *, hanging: bool) -> float:
    """Return deliveries a second at nine endpoints, next to a tenth that is quick or hangs."""
    nine = [f"{prefix}{number}" for number in range(_ENDPOINTS - 1)]
    tenth = HANG if hanging else f"{prefix}tenth"
    urls = [to.url(path) for path in (*nine, tenth)]
    deployment.webhooks.pause()
    command = [sys.executable, "-m", "bench.webhook_rows", str(_EACH), *urls]
    deployment.run(command, deployment.environment)
    deployment.webhooks.resume()
    rate = to.rate(nine, _EACH * len(nine))
    if hanging:  # its deliveries must not be left to the next round
        deployment.database.run("UPDATE webhooks_endpoint SET state = 'paused'")
    return rate


def _busy_seconds(pid: int) -> float:
    """Return the processor time of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bare(to: Receiver, path: str) -> float:
    """Return requests a second of httpx alone, in this process."""

    async def send(client: httpx.AsyncClient, count: int) -> None:
        for _ in range(count):
            await client.post(to.url(path), content=b"{}")

    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            each = _EACH * _ENDPOINTS // _CONNECTIONS
            await asyncio.gather(*(send(client, each) for _ in range(_CONNECTIONS)))

    asyncio.run(run())
    return to.rate([path], _EACH * _ENDPOINTS)


def _frames(deployment: Deployment, to: Receiver) -> Table:
    """Compare verifications by one frame, which publish an event each, of two clients."""
    image = photo("obama2.jpg").read_bytes()
    plain, subscribed = _client(deployment, "plain"), _client(deployment, "subscribed")
    for number in range(_SUBSCRIBED):
        _subscribe(deployment, "subscribed", to.url(f"/frame-{number}"))
    tokens = {
        name: iter([caller.authentication("obama") for _ in range(_FRAMES + _WARM_UP)])
        for name, caller in (("plain", plain), ("subscribed", subscribed))
    }
    tasks = {
        "plain": lambda: plain.frame(next(tokens["plain"]), image).json(),
        "subscribed": lambda: subscribed.frame(next(tokens["subscribed"]), image).json(),
    }
    times = interleaved(tasks, rounds=_FRAMES, warm_up=_WARM_UP)
    started = perf_counter()
    paths = [f"/frame-{number}" for number in range(_SUBSCRIBED)]
    to.rate(paths, _SUBSCRIBED * (_FRAMES + _WARM_UP))
    late = perf_counter() - started
    ratio = times["subscribed"].middle / times["plain"].middle
    return Table(
        f"A frame that ends a session, {_FRAMES} times by turns, median",
        [
            Row("without endpoints", times["plain"].middle, "ms"),
            Row(f"with {_SUBSCRIBED} subscribed endpoints", times["subscribed"].middle, "ms"),
            Row("times", ratio, "x", "<= 1.1"),
            Row("from the last frame to the last delivery", late, "s"),
        ],
    )


def _client(deployment: Deployment, name: str) -> Caller:
    caller = deployment.caller(deployment.create_client(name))
    token = caller.enrollment("obama", target_samples=1)
    caller.frame(token, photo("obama.jpg").read_bytes()).json()
    return caller


def _subscribe(deployment: Deployment, client: str, url: str) -> None:
    deployment.manage(
        "shell",
        "-c",
        "from clients.models import Client; from webhooks import endpoint_secrets;"
        "from webhooks.models import Endpoint, Subscription;"
        f"to = Endpoint.objects.create(client=Client.objects.get(name={client!r}), url={url!r});"
        "endpoint_secrets.issue(to);"
        "Subscription.objects.create(endpoint=to, pattern='*')",
    )


if __name__ == "__main__":
    # One thread for every library, in the processes that this one starts.
    os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
    main()
