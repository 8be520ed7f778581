"""The cost of the audit log on the path of a frame: with and without it, by turns in one run.

The engine is scripted, so that only the product's own work and the database's are measured.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from statistics import median
from threading import Event
from time import perf_counter, process_time

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from audit import receivers, sealing
from authentication.services import open_session as open_authentication
from bench.table import Row, Table
from clients import credentials
from clients.models import Client
from enrollment.services import open_session as open_enrollment
from faceplatform import events
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.pipeline import process_frame
from tests.stage import Stage

_ROUNDS, _THREADS, _TURNS, _SESSIONS = 60, 4, 5, 15


@contextmanager
def _without() -> Iterator[None]:
    events.published.disconnect(receivers.receive, dispatch_uid="audit")
    try:
        yield
    finally:
        events.published.connect(receivers.receive, dispatch_uid="audit")


_AUDIT: dict[str, Callable[[], AbstractContextManager[None]]] = {
    "with": nullcontext,
    "without": _without,
}


def costs() -> Table:
    """Time frames that end a session and frames that do not; then four threads beside a sealer."""
    call_command("migrate", verbosity=0)
    settings.FACEPLATFORM_CALIBRATION_DIR = Path("tests/calibration").resolve()
    stage, before = Stage(), registry.get_engine()
    registry.set_engine(FakeEngine(stage.analyze))
    try:
        bench = _Bench(stage, credentials.create_client("audited").credential.client)
        rows = [*bench.alone(), *bench.at_once()]
    finally:
        registry.set_engine(before)
    name = "SQLite" if connection.vendor == "sqlite" else "MariaDB or MySQL"
    return Table(f"Frames with and without the audit log, scripted engine, {name}", rows)


class _Bench:
    def __init__(self, stage: Stage, client: Client) -> None:
        self._stage, self._client = stage, client
        self._opening = Opening(client=client, capture_type="api", metadata={})
        for number in range(_THREADS):
            _, token = open_enrollment(self._opening, user_id=f"user-{number}", target_samples=1)
            self._post(token, stage.frame(f"user-{number}"))

    def alone(self) -> Iterator[Row]:
        """Yield the medians of both kinds of frames."""
        for name, post in {"ends": self._verify, "does not end": self._collect}.items():
            times: dict[str, list[float]] = {how: [] for how in _AUDIT}
            for turn in range(_ROUNDS + 10):
                for how in sorted(_AUDIT, reverse=turn % 2 == 1):
                    with _AUDIT[how]():
                        milliseconds = post()
                    if turn >= 10:  # the first ones warm up
                        times[how].append(milliseconds)
            yield from _pair(f"a frame that {name} a session", times, "ms")

    def at_once(self) -> Iterator[Row]:
        """Yield the rates of four threads whose every frame ends a session, and the processor time
        of a frame, until every entry is sealed."""
        rates: dict[str, list[float]] = {how: [] for how in _AUDIT}
        costs: dict[str, list[float]] = {how: [] for how in _AUDIT}
        sealing.seal_all()
        with _sealer():
            for turn in range(_TURNS):
                for how in sorted(_AUDIT, reverse=turn % 2 == 1):
                    with _AUDIT[how]():
                        rate, cost = self._rate()
                    rates[how].append(rate)
                    costs[how].append(cost)
        yield from _pair("four threads beside a sealer", rates, "frames/s")
        yield from _pair("processor time of a frame there", costs, "ms")

    def _rate(self) -> tuple[float, float]:
        """Return frames per second, and milliseconds of processor time per frame."""
        work = [
            [
                (self._authentication(number), self._stage.frame(f"user-{number}"))
                for _ in range(_SESSIONS)
            ]
            for number in range(_THREADS)
        ]

        def run(posts: list[tuple[str, bytes]]) -> None:
            try:
                for token, image in posts:
                    self._post(token, image)
            finally:
                connection.close()

        with ThreadPoolExecutor(_THREADS) as pool:
            start, used = perf_counter(), process_time()
            list(pool.map(run, work))
            sealing.seal_all()
            frames = _THREADS * _SESSIONS
            return frames / (perf_counter() - start), 1000 * (process_time() - used) / frames

    def _verify(self) -> float:
        return self._post(self._authentication(0), self._stage.frame("user-0"))

    def _collect(self) -> float:
        _, token = open_enrollment(self._opening, user_id="collected", target_samples=3)
        return self._post(token, self._stage.frame("collected"))

    def _authentication(self, number: int) -> str:
        return open_authentication(self._opening, user_id=f"user-{number}")[1]

    def _post(self, token: str, image: bytes) -> float:
        start = perf_counter()
        process_frame(client=self._client, token=token, image=image)
        return 1000 * (perf_counter() - start)


def _pair(name: str, values: dict[str, list[float]], unit: str) -> list[Row]:
    middle = {how: float(median(each)) for how, each in values.items()}
    ratio = middle["with"] / middle["without"]
    return [
        Row(f"{name}, without the audit log", middle["without"], unit, note="median, by turns"),
        Row(f"{name}, with it", middle["with"], unit),
        Row(f"{name}, with over without", ratio, "x"),
    ]


@contextmanager
def _sealer() -> Iterator[None]:
    """Seal once a second, five times as often as in service."""
    stop = Event()

    def run() -> None:
        try:
            while not stop.wait(1):
                sealing.seal_all()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield
        finally:
            stop.set()
            running.result()
