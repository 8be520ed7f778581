"""An engine that holds a frame in hand while a test strikes."""

import os
from pathlib import Path

from faceplatform.engine.local import OneLaneEngine
from faceplatform.engine.types import Frame, FrameAnalysis, Wants
from tests.deployment import wait_until

FOLDER = "HOLD_FOLDER"
_SECONDS = 30


class Hold:
    """The test's hand on the workers: files in a folder that both know.

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
        """Let what is in hand be measured."""
        self._order.unlink(missing_ok=True)
        for path in self._folder.glob("in-hand-*"):
            path.unlink()

    def await_frame(self, count: int = 1) -> list[int]:
        """Wait until that many processes have a frame in hand; returns their ids."""
        wait_until(lambda: len(self.holders()) >= count, _SECONDS, f"{count} frames are in hand")
        return self.holders()

    def forget(self, pid: int) -> None:
        """That process was killed: what it had in hand is no more."""
        (self._folder / f"in-hand-{pid}").unlink()

    def take(self) -> None:
        """In the worker: keep the frame in hand while the test says so."""
        if not self._order.exists():
            return
        (self._folder / f"in-hand-{os.getpid()}").touch()
        wait_until(lambda: not self._order.exists(), _SECONDS, "the frame is let go")

    def holders(self) -> list[int]:
        """The ids of the processes that have a frame in hand."""
        return [int(path.name.rpartition("-")[2]) for path in self._folder.glob("in-hand-*")]


class Held(OneLaneEngine):
    """Measures as the default engine does, once the test lets it."""

    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        Hold(Path(os.environ[FOLDER])).take()
        return super().analyze(frame, wants=wants)


class Growth:
    """The test's hand on a worker's memory: so many bytes more, once, in whichever process measures
    the next frame."""

    def __init__(self, folder: Path) -> None:
        self._order = folder / "grow"

    def order(self, size: int) -> None:
        self._order.write_text(str(size))

    def take(self) -> bytes:
        """In the worker: what to keep, with every page of it written."""
        if not self._order.exists():
            return b""
        size = int(self._order.read_text())
        self._order.unlink()
        return b"x" * size


class Growing(OneLaneEngine):
    """Measures as the default engine does, and keeps what the test orders."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = b""

    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        self._kept += Growth(Path(os.environ[FOLDER])).take()
        return super().analyze(frame, wants=wants)
