"""The clock of challenges: the server's, and no caller's."""

import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrival:
    """The times of a frame, by this clock.

    Attributes:
        came_in: when it came in, alone or in a clip, in seconds.
        age: the seconds since it was taken, when it came in. A frame of a clip is as old as it lies
            before the clip's end: nobody reacts in a clip to an instruction that was given after
            it.
    """

    came_in: float
    age: float = 0.0

    @property
    def taken_at(self) -> float:
        return self.came_in - self.age


def now() -> float:
    """Return Unix time in seconds. Tests replace it."""
    return time.time()
