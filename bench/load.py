"""Load from many callers: as fast as the server answers, or at a fixed rate."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat
from statistics import median, quantiles
from threading import Lock
from time import perf_counter, sleep

import numpy as np

# Sends the next request, and returns the status of the answer.
Caller = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Replies:
    """The answers to a load.

    Attributes:
        milliseconds: by status, the time of each answer from the moment its request was due.
        seconds: from the first request to the last answer.
    """

    milliseconds: dict[int, list[float]]
    seconds: float

    def count(self, status: int) -> int:
        return len(self.milliseconds.get(status, []))

    def rate(self, status: int) -> float:
        """Return the answers per second with this status."""
        return self.count(status) / self.seconds

    def middle(self, status: int) -> float:
        return float(median(self.milliseconds[status]))

    def percentile(self, status: int, percent: int) -> float:
        return quantiles(self.milliseconds[status], n=100, method="inclusive")[percent - 1]


def as_fast_as_answered(callers: Sequence[Caller], *, requests: int) -> Replies:
    """Send ``requests`` in all; each caller sends its next one as soon as it has an answer."""
    return _run(callers, repeat(None, requests))


def paced(callers: Sequence[Caller], *, rate: float, requests: int, seed: int = 0) -> Replies:
    """Send ``rate`` requests per second, independent of the answers.

    Each caller is a camera that sends at a steady pace, starting at a random moment. A request that
    no caller is free to send in time counts its delay (no coordinated omission), so there should be
    more callers than outstanding answers.
    """
    period = len(callers) / rate
    phases = sorted(np.random.default_rng(seed).uniform(0, period, len(callers)).tolist())
    due = (phase + turn * period for turn in range(requests) for phase in phases)
    return _run(callers, (next(due) for _ in range(requests)))


def _run(callers: Sequence[Caller], due: Iterator[float | None]) -> Replies:
    """Send one request for each of ``due``: seconds from the start, or None for at once."""
    start, lock = perf_counter(), Lock()
    milliseconds: dict[int, list[float]] = {}

    def work(send: Caller) -> None:
        while True:
            with lock:
                moments = list(islice(due, 1))
            if not moments:
                return
            (moment,) = moments
            begun = perf_counter() if moment is None else start + moment
            sleep(max(0.0, begun - perf_counter()))
            status = send()
            taken = (perf_counter() - begun) * 1000
            with lock:
                milliseconds.setdefault(status, []).append(taken)

    with ThreadPoolExecutor(len(callers)) as pool:
        list(pool.map(work, callers))
    return Replies(milliseconds, perf_counter() - start)
