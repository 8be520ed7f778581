"""Timing on busy machines: interleaved, minimum and median."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Times:
    """The milliseconds of a task in all rounds."""

    all: list[float]

    @property
    def least(self) -> float:
        return min(self.all)

    @property
    def middle(self) -> float:
        return float(median(self.all))

    def __str__(self) -> str:
        return f"min {self.least:.3g}, median {self.middle:.3g} ms of {len(self.all)}"


def interleaved(
    tasks: Mapping[str, Callable[[], object]],
    *,
    rounds: int,
    warm_up: int = 1,
    clock: Callable[[], float] = perf_counter,
) -> dict[str, Times]:
    """Time every task once per round, so that a disturbance affects all tasks.

    Args:
        warm_up: additional rounds that are not counted.
        clock: in seconds. `time.process_time` counts this process alone, on a machine that other
            work keeps busy.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(warm_up + rounds):
        for name, task in tasks.items():
            start = clock()
            task()
            if turn >= warm_up:
                times[name].append((clock() - start) * 1000)
    return {name: Times(each) for name, each in times.items()}
