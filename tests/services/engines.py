"""Engines for workers that die or wait when a test says so."""

import os
import signal
import time
from pathlib import Path

from faceplatform.engine.local import OneLaneEngine
from faceplatform.engine.types import Following, Frame, FrameAnalysis, Wants


class Mortal(OneLaneEngine):
    """An engine that dies during as many frames as the file DEATHS has bytes, then measures."""

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        deaths = Path(os.environ["DEATHS"])
        left = deaths.stat().st_size
        if left:
            os.truncate(deaths, left - 1)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().analyze(frame, wants=wants, following=following)


class Patient(OneLaneEngine):
    """An engine that reports a frame in the pipe IN_HAND, and measures it after the pipe GO."""

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        Path(os.environ["IN_HAND"]).write_text("a frame")
        Path(os.environ["GO"]).read_text()
        return super().analyze(frame, wants=wants, following=following)


class Sleeper(OneLaneEngine):
    """An engine that is warm when the pipe WAKE says so: in the trial first, then in the pool."""

    def warm_up(self) -> None:
        Path(os.environ["WAKE"]).read_text()
        super().warm_up()


class Yesterday(OneLaneEngine):
    """An engine that sets the clock of its process back by a day before each frame."""

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        now = time.time
        time.time = lambda: now() - 86_400
        return super().analyze(frame, wants=wants, following=following)
