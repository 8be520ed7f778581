"""How slow a peer may be: a deadline that bytes put off."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """A leaky bucket of time.

    Each byte buys its share of a second at the least rate, and nobody can save up more than
    ``seconds``: neither a peer that drips nor one that stalls after a burst lasts longer than that.

    Args:
        seconds: how long a peer may stall.
        least_rate: bytes a second that it must keep up.
    """

    seconds: float
    least_rate: float

    def begin(self, now: float) -> float:
        """The deadline of a transfer that begins now."""
        return now + self.seconds

    def put_off(self, deadline: float, moved: int, now: float) -> float:
        """The deadline once that many more bytes have moved."""
        return min(deadline + moved / self.least_rate, now + self.seconds)
