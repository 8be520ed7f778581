"""A server process with its children: started, waited for, killed, paused."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

ROOT = Path(__file__).resolve().parent.parent.parent
_START_SECONDS = 90
_STOP_SECONDS = 60
_LOOK_SECONDS = 0.02


class Process:
    """A process with a log, in its own process group, which is signalled as a whole.

    Args:
        name: the name of its log, without the suffix.
        command: the program and its arguments.
        environment: may be changed between two starts.
        is_ready: returns True once it serves; called repeatedly while it starts.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        environment: Mapping[str, str],
        folder: Path,
        is_ready: Callable[["Process"], bool],
    ) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._command = command
        self.environment = dict(environment)
        self._is_ready = is_ready
        self._running: subprocess.Popen[bytes] | None = None
        self._said_before = 0

    @property
    def pid(self) -> int:
        """The id of the main process."""
        if self._running is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._running.pid

    @property
    def is_running(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def children(self) -> list[int]:
        """Return the ids of the main process's living children."""
        listed = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def keep_to(self, cores: set[int]) -> None:
        """Restrict it and its children, with all their threads, to these cores."""
        for pid in (self.pid, *self.children()):
            for thread in Path(f"/proc/{pid}/task").iterdir():
                os.sched_setaffinity(int(thread.name), cores)

    def said(self) -> str:
        """Return its log since its last start."""
        if not self.log.exists():
            return ""
        return self.log.read_bytes()[self._said_before :].decode(errors="replace")

    def launch(self) -> None:
        """Start it without waiting."""
        if self.is_running:
            raise RuntimeError(f"{self.name} runs already")
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._running = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def await_ready(self, seconds: float = _START_SECONDS) -> None:
        """Wait until it serves.

        Raises:
            RuntimeError: it ended; with the end of its log.
            TimeoutError: it did not serve in time.
        """

        def ready() -> bool:
            if not self.is_running:
                raise RuntimeError(f"{self.name} ended:\n{self.said()[-2000:]}")
            return self._is_ready(self)

        wait_until(ready, seconds, f"{self.name} is ready (see {self.log})")

    def start(self) -> None:
        self.launch()
        self.await_ready()

    def terminate(self) -> None:
        """Send SIGTERM to the main process alone, as systemd and Docker do. Does not wait."""
        os.kill(self.pid, signal.SIGTERM)

    def await_end(self, seconds: float = _STOP_SECONDS) -> int:
        """Wait until it has ended. Return its status."""
        if self._running is None:
            raise RuntimeError(f"{self.name} was never started")
        return self._running.wait(timeout=seconds)

    def stop(self) -> int:
        """Let it finish and end. Return its status."""
        self.terminate()
        return self.await_end()

    def kill(self) -> None:
        """Kill the whole group (``kill -9``), as a power failure would. Safe to repeat."""
        if self._running is None:
            return
        with suppress(ProcessLookupError):  # the whole group is gone already
            os.killpg(self._running.pid, signal.SIGKILL)
        self._running.wait(timeout=_STOP_SECONDS)

    def pause(self) -> None:
        """Stop the whole group (SIGSTOP): it stays, and does nothing."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.pid, signal.SIGCONT)


def wait_until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Poll until the condition holds.

    Raises:
        TimeoutError: it did not hold within that time.
    """
    limit = monotonic() + seconds
    while not condition():
        if monotonic() > limit:
            raise TimeoutError(f"Not within {seconds:.0f} s: {what}")
        sleep(_LOOK_SECONDS)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def listens(port: int) -> bool:
    """Return True if a process accepts connections on that port of 127.0.0.1."""
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0
