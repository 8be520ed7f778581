"""What an attack costs the server: memory and processor time of its processes, and others' waits.

Linux only: everything is read from /proc.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from time import monotonic, perf_counter
from types import TracebackType
from typing import Self

from tests.attack.targets import Target

# Above this the server is killed and the attack has won: the machine is spared the rest.
MOST_MB = 3000
_SAMPLE_SECONDS = 0.02
_PROBE_SECONDS = 0.1
_PROBE_TIMEOUT = 10.0  # a probe that is not answered counts as long
_PAGES_PER_MB = 1024 * 1024 // os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

# Resident memory in MB by process id.
Memory = dict[int, float]


class Watch:
    """Looks at a target for as long as the block runs.

    Attributes:
        before: memory of each process at the start.
        peak_mb: the most that all processes held at one time.
        process_mb: the most that one process held.
        health_ms: the longest wait for an answer to a health call, each on a new connection.
        processor: seconds of processor time that the server took; 0 if it was killed.
        was_killed: whether its memory passed MOST_MB.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._end = Event()
        self._threads = [Thread(target=self._sample), Thread(target=self._probe)]
        self.before: Memory = {}
        self.peak_mb = self.process_mb = self.health_ms = self.processor = self.seconds = 0.0
        self.was_killed = False

    def __enter__(self) -> Self:
        self._processor_before = processor_seconds(self._target)
        self.before = memory(self._target)
        self._start = perf_counter()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.seconds = perf_counter() - self._start
        self._end.set()
        for thread in self._threads:
            thread.join()
        if not self.was_killed:
            self.processor = processor_seconds(self._target) - self._processor_before

    def _sample(self) -> None:
        while not self._end.is_set():
            held = memory(self._target)
            self.peak_mb = max(self.peak_mb, sum(held.values()))
            self.process_mb = max(self.process_mb, *held.values(), 0.0)
            if self.peak_mb > MOST_MB:
                self.was_killed = True
                self._target.strike_down()
                return
            self._end.wait(_SAMPLE_SECONDS)

    def _probe(self) -> None:
        while not self._end.is_set() and not self.was_killed:
            self.health_ms = max(self.health_ms, _health_milliseconds(self._target.port))
            self._end.wait(_PROBE_SECONDS)


def memory(target: Target) -> Memory:
    """What each of the target's processes holds now."""
    return {pid: mb for pid in _pids(target) if (mb := _resident_mb(pid)) is not None}


def processor_seconds(target: Target) -> float:
    """What its processes have taken so far, those that ended included."""
    return sum(_processor_ticks(pid) for pid in _pids(target)) / _TICKS


def settled(look: Callable[[], bool], *, seconds: float) -> bool:
    """Look until it holds, for so long at most; returns whether it does."""
    limit, pause = monotonic() + seconds, Event()
    while not look():
        if monotonic() > limit:
            return False
        pause.wait(0.25)
    return True


def _pids(target: Target) -> list[int]:
    return [
        pid
        for process in target.processes()
        if process.is_running
        for pid in _with_descendants(process.pid)
    ]


def _with_descendants(pid: int) -> Iterable[int]:
    yield pid
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:  # it has ended
        return
    for child in listed.split():
        yield from _with_descendants(int(child))


def _resident_mb(pid: int) -> float | None:
    with suppress(OSError):  # it has ended
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) / _PAGES_PER_MB
    return None


def _processor_ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return sum(int(field) for field in fields[11:15])  # its own, and of children that ended
    return 0


def _health_milliseconds(port: int) -> float:
    """How long a health call took; the time-out if it was not answered with 200."""
    http = HTTPConnection("127.0.0.1", port, timeout=_PROBE_TIMEOUT)
    start = perf_counter()
    try:
        http.request("GET", "/api/core/health/")
        is_healthy = http.getresponse().status == 200
    except (OSError, HTTPException):
        is_healthy = False
    finally:
        http.close()
    return (perf_counter() - start if is_healthy else _PROBE_TIMEOUT) * 1000
