"""The lowest accepted data rate: a deadline that each byte moves."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A leaky bucket of time.

    Each byte adds its share of a second at the least rate, up to ``seconds`` in advance. So neither
    a peer that sends single bytes nor one that stalls after a burst lasts longer than that.

    Args:
        seconds: longest stall.
        least_rate: bytes per second.
    """

    seconds: float
    least_rate: float

    def begin(self, now: float) -> float:
        """Return the deadline of a transfer that starts now."""
        return now + self.seconds

    def put_off(self, deadline: float, moved: int, now: float) -> float:
        """Return the deadline after that many more bytes."""
        return min(deadline + moved / self.least_rate, now + self.seconds)
