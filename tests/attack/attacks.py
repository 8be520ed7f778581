"""An attack, its limits, its measured costs, and its row of the table."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.attack import calls
from tests.attack.resources import Memory, memory
from tests.attack.targets import Target
from tests.attack.watch import MOST_MB, Watch, settled
from tests.deployment import Answer

# Allowed answers during an attack: no 500, and 503 only as a problem with Retry-After.
CLEAN = {200, 201, 400, 401, 403, 404, 408, 409, 411, 413, 414, 415, 429, 431, 503}

# The table's columns before "answers" and "verdict": title and width.
_COLUMNS = {
    "target": -10,
    "attack": -40,
    "seconds": 7,
    "CPU s": 6,
    "peak MB": 7,
    "of one": 6,
    "before": 6,
    "left": 6,
    "health ms": 9,
}


def row(*cells: str) -> str:
    """Format a row; the last two cells are as wide as their text."""
    widths = [*_COLUMNS.values(), 0, 0]
    return " | ".join(
        cell.ljust(-width) if width < 0 else cell.rjust(width)
        for cell, width in zip(cells, widths, strict=True)
    )


HEADER = row(*_COLUMNS, "answers", "verdict")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The highest allowed costs of an attack.

    Args:
        seconds: time until the last answer.
        processor: processor time of all the server's processes, in seconds.
        grown_mb: growth of the memory of all processes together.
        process_mb: peak memory of each process.
        left_share, left_mb, left_seconds: growth of each process's memory that may remain after
            this time, as a share or in MB, whichever is more.
        health_ms: longest wait for a health call during the attack.
    """

    seconds: float = 60
    processor: float = 60
    grown_mb: float = MOST_MB
    process_mb: float = 500
    left_share: float = 0.2
    left_mb: float = 40
    left_seconds: float = 10
    health_ms: float = 5000


class Attack:
    """The effects of one attack on a target, recorded while it runs."""

    def __init__(self, name: str, target: Target, limits: Limits) -> None:
        self.name, self.target, self.limits = name, target, limits
        self.watch = Watch(target)
        self.left: Memory = {}
        self._answers: list[Answer] = []
        self._faults: list[str] = []

    def answered(self, answers: Iterable[Answer]) -> list[Answer]:
        """Record and return answers, each of which must be clean."""
        given = list(answers)
        self._answers += given
        for unclean in [answer for answer in given if not _is_clean(answer)]:
            self.expect(f"a clean answer, not {calls.codes([unclean])}", is_met=False)
        return given

    def expect(self, what: str, *, is_met: bool) -> None:
        """Add a requirement, which the verdict names once if it is not met."""
        if not is_met and (fault := f"wanted: {what}") not in self._faults:
            self._faults.append(fault)

    def settle(self) -> None:
        """Wait until memory is released, at most for as long as the limits allow."""
        if not self.watch.was_killed:
            settled(lambda: not self._kept(), seconds=self.limits.left_seconds)
        self.left = memory(self.target.processes())

    @property
    def exceeded(self) -> list[str]:
        """The exceeded limits and unmet requirements; empty if the server held."""
        if self.watch.was_killed:
            return [f"killed above {MOST_MB:,} MB"]
        watch, limits = self.watch, self.limits
        measured = [
            ("seconds", watch.seconds, limits.seconds),
            ("CPU s", watch.processor, limits.processor),
            ("MB grown", watch.peak_mb - sum(watch.before.values()), limits.grown_mb),
            ("MB of one process", watch.process_mb, limits.process_mb),
            ("ms for health", watch.health_ms, limits.health_ms),
        ]
        passed = [
            f"{value:,.1f} {name} > {most:,g}" for name, value, most in measured if value > most
        ]
        return [*passed, *self._kept(), *self._faults]

    def __str__(self) -> str:
        watch, verdict = self.watch, "; ".join(self.exceeded)
        megabytes = (
            watch.peak_mb,
            watch.process_mb,
            sum(watch.before.values()),
            sum(self.left.values()),
        )
        return row(
            self.target.name,
            self.name,
            *(f"{seconds:.1f}" for seconds in (watch.seconds, watch.processor)),
            *(f"{held:,.0f}" for held in megabytes),
            f"{watch.health_ms:,.0f}",
            calls.codes(self._answers) or "-",
            f"EXCEEDED: {verdict}" if verdict else "held",
        )

    def _kept(self) -> list[str]:
        """Describe the processes that hold more memory than allowed."""
        now, limits = memory(self.target.processes()), self.limits
        return [
            f"a process of {before:,.0f} MB holds {now[pid]:,.0f} MB"
            for pid, before in self.watch.before.items()
            if pid in now and now[pid] > before + max(before * limits.left_share, limits.left_mb)
        ]


@contextmanager
def attacking(name: str, target: Target, limits: Limits) -> Iterator[Attack]:
    """Watch the target while the block attacks it, and then until its memory is released."""
    attack = Attack(name, target, limits)
    with attack.watch:
        yield attack
    attack.settle()


def _is_clean(answer: Answer) -> bool:
    if answer.status == 503:
        return answer.code is not None and answer.retry_after is not None
    return answer.status in CLEAN
