"""The costs of an attack: the server's memory and processor time, and the wait of others."""

from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from time import monotonic, perf_counter
from types import TracebackType
from typing import Self

from tests.attack.resources import Memory, memory, processor_seconds
from tests.attack.targets import Target

# Above this the server is killed, to spare the machine, and the attack has won.
MOST_MB = 3000
_SAMPLE_SECONDS = 0.02
_PROBE_SECONDS = 0.1
_PROBE_TIMEOUT = 10.0  # also the result of a probe without an answer


class Watch:
    """An observer of a target for the duration of the block.

    Attributes:
        seconds: duration of the block.
        before: memory of each process at the start.
        peak_mb: peak memory of all processes together.
        process_mb: peak memory of any process.
        health_ms: longest wait for a health call, each on a new connection.
        processor: processor time of the server in seconds; 0 if it was killed.
        was_killed: True if its memory exceeded MOST_MB.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._end = Event()
        self._threads = [Thread(target=self._sample), Thread(target=self._probe)]
        self.before: Memory = {}
        self.peak_mb = self.process_mb = self.health_ms = self.processor = self.seconds = 0.0
        self.was_killed = False

    def __enter__(self) -> Self:
        self._processor_before = processor_seconds(self._target.processes())
        self.before = memory(self._target.processes())
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
            self.processor = processor_seconds(self._target.processes()) - self._processor_before

    def _sample(self) -> None:
        while not self._end.is_set():
            held = memory(self._target.processes())
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


def settled(look: Callable[[], bool], *, seconds: float) -> bool:
    """Wait until the condition holds, within a time limit; return True if it does."""
    limit, pause = monotonic() + seconds, Event()
    while not look():
        if monotonic() > limit:
            return False
        pause.wait(0.25)
    return True


def _health_milliseconds(port: int) -> float:
    """Return the duration of a health call, or the timeout if its status was not 200."""
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
