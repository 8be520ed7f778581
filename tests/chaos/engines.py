"""Engines that hold a frame, or grow, when a test says so."""

import os
from pathlib import Path

from faceplatform.engine.local import OneLaneEngine
from faceplatform.engine.types import Following, Frame, FrameAnalysis, Wants
from tests.deployment import wait_until

FOLDER = "HOLD_FOLDER"
_SECONDS = 30


class Hold:
    """The test's control of the workers, by files in a shared folder.

    Used as a block, ``with hold:``, frames that come to a worker within it stay in hand.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._order = folder / "hold"

    def __enter__(self) -> "Hold":
        self._order.touch()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let the frames in hand be measured."""
        self._order.unlink(missing_ok=True)
        for path in self._folder.glob("in-hand-*"):
            path.unlink()

    def await_frame(self, count: int = 1) -> list[int]:
        """Wait until that many processes have a frame in hand. Return their ids."""
        wait_until(lambda: len(self.holders()) >= count, _SECONDS, f"{count} frames are in hand")
        return self.holders()

    def forget(self, pid: int) -> None:
        """Drop the frame of a process that was killed."""
        (self._folder / f"in-hand-{pid}").unlink()

    def take(self) -> None:
        """Keep the frame in hand while the test says so. Called in the worker."""
        if not self._order.exists():
            return
        (self._folder / f"in-hand-{os.getpid()}").touch()
        wait_until(lambda: not self._order.exists(), _SECONDS, "the frame is let go")

    def holders(self) -> list[int]:
        """Return the ids of the processes that have a frame in hand."""
        return [int(path.name.rpartition("-")[2]) for path in self._folder.glob("in-hand-*")]


class Held(OneLaneEngine):
    """The default engine, measuring once the test lets it."""

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        Hold(Path(os.environ[FOLDER])).take()
        return super().analyze(frame, wants=wants, following=following)


class Growth:
    """The test's control of a worker's memory: a number of bytes more, once, in the process that
    measures the next frame."""

    def __init__(self, folder: Path) -> None:
        self._order = folder / "grow"

    def order(self, size: int) -> None:
        self._order.write_text(str(size))

    def take(self) -> bytes:
        """Return the bytes to keep, every page written. Called in the worker."""
        if not self._order.exists():
            return b""
        size = int(self._order.read_text())
        self._order.unlink()
        return b"x" * size


class Growing(OneLaneEngine):
    """The default engine, keeping the memory that the test orders."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = b""

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        self._kept += Growth(Path(os.environ[FOLDER])).take()
        return super().analyze(frame, wants=wants, following=following)
