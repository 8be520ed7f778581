"""Clocks that jump while frames are measured: of web, of the worker, of Redis.

A library of ours that is preloaded (`clock.c`) sets the wall clock of one process alone.
"""

import struct
import subprocess
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.chaos.conftest import FRAME_SECONDS
from tests.chaos.engines import Hold
from tests.chaos.seen import (
    RECOVERY_SECONDS,
    UNAVAILABLE,
    answered_again,
    picture,
    require_enrolled,
    require_refusal,
    shown,
)
from tests.deployment import Answer, wait_until

pytestmark = pytest.mark.chaos

_AHEAD = 300  # less than the life of sessions and tokens: a jump past it rightly ends them
_BEHIND = -20  # the difference between two machines: one issues a token, another one checks it


class Clock:
    """The wall clock of processes started with its environment."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "jump"
        self.set(0)
        library = folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        command = ["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"]
        subprocess.run(command, check=True)
        self.environment = {"LD_PRELOAD": str(library), "JUMP_FILE": str(self._file)}

    def set(self, seconds: int) -> None:
        """Set it that far ahead of the machine's clock, or behind, in running processes too."""
        with self._file.open("r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("q", seconds))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


def frame_in_hand(
    pool: ThreadPoolExecutor, hold: Hold, send: Callable[[], Answer]
) -> Future[Answer]:
    """Return a frame that a worker has taken; those before it were cleanly refused."""
    coming = pool.submit(send)

    def taken() -> bool:
        nonlocal coming
        if coming.done():
            require_refusal(coming.result(), *UNAVAILABLE, seconds=FRAME_SECONDS)
            coming = pool.submit(send)
        return bool(hold.holders())

    wait_until(taken, RECOVERY_SECONDS, "a frame is taken")
    return coming


@pytest.mark.parametrize("part", ["web", "worker", "redis"])
def test_clock_jumps_in_a_frame(deployment, hold, clock, key, told, part):
    struck = {"web": deployment.web, "worker": deployment.workers[0], "redis": deployment.redis}[
        part
    ]
    own = struck.environment
    struck.stop()
    struck.environment = own | clock.environment
    struck.start()
    try:
        caller = deployment.caller(key)
        answered_again(lambda: caller.frame(caller.enrollment(target_samples=1), picture("biden")))
        token = caller.enrollment("obama", target_samples=3)
        answers = []
        for seconds, name in ((_BEHIND, "obama"), (_AHEAD, "obama2"), (0, "obama3")):
            with ThreadPoolExecutor(1) as pool, hold:
                coming = frame_in_hand(
                    pool, hold, lambda name=name: caller.frame(token, picture(name))
                )
                clock.set(seconds)
                hold.release()
                answers.append(coming.result())
            if answers[-1].status != 200:
                answers.append(answered_again(lambda name=name: caller.frame(token, picture(name))))
        require_enrolled(answers[-1])
        assert caller.session(token)["frames_received"] == 3
    finally:
        struck.stop()
        struck.environment = own
        struck.start()
    told(f"nothing, {part}'s clock jumps to 20 s behind, 5 minutes ahead, back", shown(*answers))
