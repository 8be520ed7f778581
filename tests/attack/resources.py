"""Memory and processor time of a server's processes, including children. Linux only."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from tests.deployment import Process

_PAGES_PER_MB = 1024 * 1024 // os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")

# Resident memory in MB by process id.
Memory = dict[int, float]


def memory(processes: Iterable[Process]) -> Memory:
    """Return the current memory of each process and of its descendants."""
    return {pid: mb for pid in _pids(processes) if (mb := _resident_mb(pid)) is not None}


def processor_seconds(processes: Iterable[Process]) -> float:
    """Return the processor time they have used so far, including ended processes."""
    return sum(_processor_ticks(pid) for pid in _pids(processes)) / _TICKS


def _pids(processes: Iterable[Process]) -> list[int]:
    return [
        pid for process in processes if process.is_running for pid in _with_descendants(process.pid)
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
        return sum(int(field) for field in fields[11:15])  # its own, and that of ended children
    return 0
