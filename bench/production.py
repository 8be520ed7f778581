"""A production deployment under load (python -m bench.production).

Starts database, Redis, web and workers on this machine, and compares them with less: the engine
alone, a bare view, DeepFace's API server. With BENCH_JSON=FILE also writes the rows.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import IO

# One thread for every library, before any of them is imported.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")

from bench import hardware, models, pictures, servers
from bench.load import Caller as Request
from bench.load import Replies, as_fast_as_answered, paced
from bench.table import Row, Table, write_json
from bench.timing import interleaved
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import OneLaneEngine
from faceplatform.engine.types import Wants
from tests.deployment import Caller, Deployment, Key, Process, as_form

WORKERS = 2
_FRAMES = 8  # per session: fewer than its target samples, so it stays open
_SAMPLES = 10
_IN_HAND = 2 * WORKERS  # per worker one in hand and one waiting: the limit of the queue
_TURNS = 3
_ENGINE_SECONDS = 5
_CAMERAS = 24  # that send at a steady rate
_OK, _BUSY, _CREATED = 200, 503, 201


def main() -> None:
    import django

    django.setup()
    start = perf_counter()
    print(hardware.describe())
    with tempfile.TemporaryDirectory(prefix="faceplatform-bench-") as scratch:
        tables = list(_tables(Path(scratch)))
    print(f"\nTook {perf_counter() - start:.0f} s.")
    write_json(tables)


def _tables(scratch: Path) -> Iterator[Table]:
    cores = os.sched_getaffinity(0)
    with Deployment(scratch / "deployment", workers=WORKERS) as deployment:
        print(f"Database: {deployment.database.make.name}")
        load = _Load(deployment, deployment.create_client("bench"))
        load.frames(4, requests=100)  # warms up
        yield _show(_added(load))
        yield _show(_sessions(load))
        yield _show(_apart(load, cores))
        shared = _show(_shared(load, cores))
        yield shared
        capacity = shared.rows[1].value
        normal = paced(load.streams(_CAMERAS, 600), rate=0.7 * capacity, requests=600)
        yield _show(_tail(normal))
        yield _show(_overload(load, normal, capacity))
        yield from map(_show, _sustained(load, capacity))
    yield _show(_against_deepface(scratch, capacity))


def _show(table: Table) -> Table:
    print(table, flush=True)
    return table


class _Load:
    """Sessions and frames for one deployment."""

    def __init__(self, deployment: Deployment, key: Key) -> None:
        self.deployment = deployment
        self.caller = deployment.caller(key)

    def stream(self, frames: int) -> Request:
        """Return a camera that can send this many frames, to sessions opened now."""
        caller = self.caller.another_connection()
        tokens = [caller.enrollment(target_samples=_SAMPLES) for _ in range(-(-frames // _FRAMES))]
        turns = ((token, view) for token in tokens for view in pictures.views(_FRAMES))
        return lambda: _send(caller, *next(turns))

    def streams(self, count: int, requests: int) -> list[Request]:
        """Return cameras that can send ``requests`` in all, even if unevenly shared."""
        return [self.stream(2 * requests // count + _FRAMES) for _ in range(count)]

    def frames(self, callers: int, *, requests: int) -> Replies:
        """Send frames as fast as they are answered. All must be accepted for processing.

        Raises:
            RuntimeError: a frame was refused.
        """
        replies = as_fast_as_answered(self.streams(callers, requests), requests=requests)
        if replies.count(_OK) != requests:
            raise RuntimeError(f"Not all frames were taken: {sorted(replies.milliseconds)}")
        return replies


def _send(caller: Caller, token: str, image: bytes) -> int:
    """Send a frame. Return the status of the answer.

    Raises:
        RuntimeError: the frame was neither accepted nor refused as too many.
    """
    answer = caller.frame(token, image)
    if answer.status not in {_OK, _BUSY}:
        raise RuntimeError(f"A frame was answered {answer.status}: {answer.body}")
    return answer.status


def _engine_alone(processes: int, cores: set[int]) -> float:
    """Return the frames per second of several engine processes together, on these cores."""
    command = [sys.executable, "-m", "bench.engine_alone", str(_ENGINE_SECONDS)]
    running = [
        subprocess.Popen(
            command, cwd=models.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(processes)
    ]
    for process in running:
        os.sched_setaffinity(process.pid, cores)  # before it has threads, which inherit the setting
        if _pipe(process.stdout).readline() != "ready\n":
            raise RuntimeError("an engine process did not start")
    for process in running:  # all are loaded: start together
        _pipe(process.stdin).write("go\n")
        _pipe(process.stdin).flush()
    rates = [float(_pipe(process.stdout).read()) for process in running]
    for process in running:
        process.wait(timeout=30)
    return sum(rates)


def _pipe(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("a process without pipes")
    return pipe


def _added(load: _Load) -> Table:
    """Measure the time that the platform adds to a frame, against that of a bare view."""
    engine = OneLaneEngine()
    engine.warm_up()
    frames = 200
    product, views = load.stream(2 * frames), cycle(pictures.views(_FRAMES))
    token = load.caller.enrollment(target_samples=_SAMPLES)
    with servers.bare_view(load.deployment) as bare:
        post = bare.poster()

        def bare_frame() -> None:
            body, kind = as_form(next(views), session_token=token)
            _require(_OK, post("/frame/", body, kind))

        def engine_alone() -> None:
            engine.analyze(decode(next(views)), wants=Wants())

        times = interleaved(
            {
                "product": lambda: _require(_OK, product()),
                "engine": engine_alone,
                "bare": bare_frame,
            },
            rounds=frames,
            warm_up=10,
        )
    added = times["product"].middle - times["engine"].middle
    return Table(
        "What HTTP, queue and MySQL add to a frame, one at a time, medians",
        [
            Row("one frame over HTTP, measured by a worker", times["product"].middle, "ms"),
            Row("the engine alone: decode + analyze", times["engine"].middle, "ms"),
            Row(
                "a bare view: upload, one Redis round trip, one update", times["bare"].middle, "ms"
            ),
            Row("added", added, "ms"),
            Row("added over the bare view", added / times["bare"].middle, "x", "<= 3"),
        ],
    )


def _sessions(load: _Load) -> Table:
    """Compare sessions opened per second with rows inserted per second."""
    requests, callers = 400, 4

    def opening(caller: Caller) -> Request:
        body = {"user_id": "bench", "session_type": "api", "target_samples": _SAMPLES}
        return lambda: caller.post("/api/auth/enrollment/", body).status

    with servers.bare_view(load.deployment) as bare:

        def inserting() -> Request:
            post = bare.poster()
            body = json.dumps({"session_type": "api", "target_samples": _SAMPLES}).encode()
            return lambda: post("/session/", body, "application/json")

        product = [opening(load.caller.another_connection()) for _ in range(callers)]
        views = [inserting() for _ in range(callers)]
        ours: list[float] = []
        theirs: list[float] = []
        for turn in range(4):
            for requests_of, rates in ((product, ours), (views, theirs)):
                replies = as_fast_as_answered(requests_of, requests=requests // 4)
                _require(requests // 4, replies.count(_CREATED))
                if turn:  # the first turn warms up
                    rates.append(replies.rate(_CREATED))
    return Table(
        f"Sessions opened, {callers} callers at once",
        [
            Row("enrollment sessions", median(ours), "a second"),
            Row("a bare view with one insert", median(theirs), "a second"),
            Row("sessions over bare inserts", median(ours) / median(theirs), "x", ">= 0.6"),
        ],
    )


def _apart(load: _Load, everywhere: set[int]) -> Table:
    """Measure the throughput with workers and the rest on separate cores."""
    most = max(len(everywhere) - 1, 1)
    workers = set(sorted(everywhere)[: min(WORKERS, most)])
    others = everywhere - workers or everywhere
    rows = _measure_throughput(load, workers=workers, others=others)
    title = (
        f"Throughput: workers on {len(workers)} of {len(everywhere)} cores, all else on the rest"
    )
    return Table(title, rows)


def _shared(load: _Load, everywhere: set[int]) -> Table:
    """Measure the throughput with everything on all cores."""
    rows = _measure_throughput(load, workers=everywhere, others=everywhere)
    return Table(f"Throughput: everything on all {len(everywhere)} cores", rows)


def _measure_throughput(load: _Load, *, workers: set[int], others: set[int]) -> list[Row]:
    """Compare the frames per second over HTTP with those of the engine alone on the same cores.

    Medians of alternating turns, since the speed of a shared machine drifts.

    Args:
        workers: the cores of the workers.
        others: the cores of web, database, Redis and this process.
    """
    everywhere = os.sched_getaffinity(0)
    alone, served = [], []
    for _ in range(_TURNS):
        alone.append(_engine_alone(WORKERS, workers))
        load.deployment.keep_to(workers=workers, others=others)
        os.sched_setaffinity(0, others)
        served.append(load.frames(_IN_HAND, requests=300).rate(_OK))
        load.deployment.keep_to(workers=everywhere, others=everywhere)
        os.sched_setaffinity(0, everywhere)
    rate, most = median(served), median(alone)
    return [
        Row(f"{WORKERS} engine processes, nothing around them", most, "frames/s"),
        Row(f"{WORKERS} worker processes, over HTTP", rate, "frames/s"),
        Row("the share that the platform leaves", rate / most, "x", ">= 0.85"),
    ]


def _tail(normal: Replies) -> Table:
    """Report the slowest of a hundred frames at 70 % of the capacity."""
    middle, slowest = normal.middle(_OK), normal.percentile(_OK, 99)
    return Table(
        f"At 70 % load, {_CAMERAS} cameras, {normal.rate(_OK):.0f} frames/s",
        [
            Row("median", middle, "ms"),
            Row("95 % within", normal.percentile(_OK, 95), "ms"),
            Row("99 % within", slowest, "ms"),
            Row("99 % over the median", slowest / middle, "x", "<= 2.5"),
            Row("refused", normal.count(_BUSY), "frames"),
        ],
    )


def _overload(load: _Load, normal: Replies, capacity: float) -> Table:
    """Measure three times the capacity."""
    requests = 1200
    cameras = load.streams(2 * _CAMERAS, requests)
    replies = paced(cameras, rate=3 * capacity, requests=requests)
    accepted, refused = replies.percentile(_OK, 95), replies.middle(_BUSY)
    return Table(
        f"At three times that many: {requests / replies.seconds:.0f} frames/s sent",
        [
            Row("accepted", replies.rate(_OK), "frames/s"),
            Row("accepted: 95 % within", accepted, "ms"),
            Row("over the same at 70 % load", accepted / normal.percentile(_OK, 95), "x", "<= 2"),
            Row("refused", replies.rate(_BUSY), "frames/s"),
            Row("refused: median", refused, "ms"),
            Row("over an accepted frame's median", refused / replies.middle(_OK), "x", "<= 0.1"),
        ],
    )


def _sustained(load: _Load, capacity: float) -> Iterator[Table]:
    """Measure the growth of memory over a long run, and the processor time of its frames."""
    frames, deployment = 3000, load.deployment
    cameras = load.streams(_CAMERAS, frames)
    memory, seconds = _resident(deployment), _processor_seconds(deployment)
    replies = paced(cameras, rate=0.7 * capacity, requests=frames)
    grown, spent = _resident(deployment), _processor_seconds(deployment)
    yield Table(
        f"Resident memory over {frames} frames in {replies.seconds:.0f} s",
        [
            Row(
                f"{name}: growth",
                (grown[name] / before - 1) * 100,
                "%",
                "<= 5",
                f"{before:.0f} to {grown[name]:.0f} MB",
            )
            for name, before in memory.items()
        ],
    )
    taken = replies.count(_OK)
    yield Table(
        f"Processor time of a frame, {replies.count(_BUSY) / frames:.0%} refused ones included",
        [Row(name, (spent[name] - before) / taken * 1e3, "ms") for name, before in seconds.items()],
    )


def _resident(deployment: Deployment) -> dict[str, float]:
    """Return the megabytes of all web processes together, and of the processes of each worker."""
    parts = [deployment.web, *deployment.workers]
    return {part.name: sum(_megabytes(pid) for pid in part.children()) for part in parts}


def _processor_seconds(deployment: Deployment) -> dict[str, float]:
    """Return the time that each part has used so far; workers include their main processes."""
    parts: dict[str, list[Process]] = {
        "web": [deployment.web],
        "workers": deployment.workers,
        "database": [deployment.database],
        "Redis": [deployment.redis],
    }
    return {
        name: sum(_seconds(pid) for part in some for pid in (part.pid, *part.children()))
        for name, some in parts.items()
    } | {"this process, which sends them": process_time()}


def _seconds(pid: int) -> float:
    """Return the time of a process in user and kernel mode, see proc(5)."""
    ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _against_deepface(scratch: Path, capacity: float) -> Table:
    """Compare with DeepFace's API server: same images and recognition weights, but no sessions,
    quality or database."""
    home = scratch / "deepface"
    detectors = ["dlib", "yunet"] if models.prepare_deepface(home) else ["dlib"]
    rows = [Row("ours, two workers", capacity, "frames/s")]
    with servers.deepface_api(scratch, home) as server:
        for detector in detectors:
            rate = _deepface_rate(server, detector)
            rows += [
                Row(f"DeepFace's API, Dlib with {detector}, two processes", rate, "frames/s"),
                Row(f"ours over DeepFace's with {detector}", capacity / rate, "x"),
            ]
    return Table(
        "Against DeepFace's own API server (represent), 640 x 480",
        rows,
        "" if "yunet" in detectors else f"yunet: its weights are not in {models.shared_folder()}",
    )


def _deepface_rate(server: servers.Server, detector: str) -> float:
    bodies = [
        as_form(view, name="img", model_name="Dlib", detector_backend=detector)
        for view in pictures.views(_FRAMES)
    ]

    def represent() -> Request:
        post, turns = server.poster(), cycle(bodies)
        return lambda: post("/represent", *next(turns))

    callers = [represent() for _ in range(_IN_HAND)]
    as_fast_as_answered(callers, requests=2 * len(callers))  # loads the models
    requests = 24 if detector == "dlib" else 120
    replies = as_fast_as_answered(callers, requests=requests)
    _require(requests, replies.count(_OK))
    return replies.rate(_OK)


def _require(wanted: int, found: int) -> None:
    if wanted != found:
        raise RuntimeError(f"{found} instead of {wanted}")


if __name__ == "__main__":
    main()
