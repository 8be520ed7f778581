"""Exact confidence limits of a proportion (Clopper and Pearson, Biometrika 26, 1934).

They hold for independent trials. Presentations of the same person or instrument are alike, so with
few of those the real uncertainty is larger.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, lgamma, log, log1p

_TAIL = 0.025
_ONE_SIDED = 0.05
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Proportion:
    """A count of events among trials.

    Attributes:
        count: of the events, at most ``of``.
        of: number of trials.
    """

    count: int
    of: int

    @property
    def rate(self) -> float | None:
        """The share of events; None without trials."""
        return self.count / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The two-sided 95 % interval of the rate; None without trials."""
        if not self.of:
            return None
        return self._lower(_TAIL), self._upper(_TAIL)

    @property
    def upper_bound(self) -> float | None:
        """The rate that is not exceeded with 95 % confidence (one-sided); None without trials.

        For no event among n trials: 1 - 0.05^(1/n), about 3 / n.
        """
        return self._upper(_ONE_SIDED) if self.of else None

    def _upper(self, tail: float) -> float:
        if self.count == self.of:
            return 1.0
        return _root(lambda p: _at_most(self.count, self.of, p) < tail)

    def _lower(self, tail: float) -> float:
        if self.count == 0:
            return 0.0
        return _root(lambda p: 1 - _at_most(self.count - 1, self.of, p) > tail)


def _root(is_beyond: Callable[[float], bool]) -> float:
    """Return the p in 0..1 from which on the condition holds, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_beyond(middle) else (middle, high)
    return (low + high) / 2


def _at_most(count: int, of: int, p: float) -> float:
    """Return the probability of at most ``count`` events in ``of`` trials; p strictly in 0..1."""
    return sum(
        exp(lgamma(of + 1) - lgamma(k + 1) - lgamma(of - k + 1) + k * log(p) + (of - k) * log1p(-p))
        for k in range(count + 1)
    )
