"""The number of people that a promised false match rate needs.

ISO/IEC 19795-1 has two rules for independent trials. The rule of 3: with no error in N trials, the
rate is at most 3 / N with 95 % confidence; exactly, 1 - 0.05^(1/N). The rule of 30 (Doddington et
al., Speech Communication 31, 2000): with 30 errors, the true rate is within 30 % of the measured
one with 90 % confidence.

Independent trials would use each person once. Everybody against everybody gives far more
comparisons, but they share people, and some people are taken for many others. n people make
n (n - 1) / 2 pairs. For the share of pairs that match, a U-statistic of degree two (Hoeffding,
Annals of Mathematical Statistics 19, 1948), they are worth

    pairs / (1 + 2 (n - 2) r),   r = s^2 f / (1 - f)

independent ones: ``f`` is the false match rate, and ``s`` the spread of people, the standard
deviation of their own false match rates divided by ``f``. So more pairs of the same people never
replace more people: the rule of 3 needs at least 12 s^2 of them, whatever the rate.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import ceil, inf, log, log1p

CONFIDENCE = 0.95
_FALSE_MATCHES = 30
MOST_PEOPLE = 10_000_000
# Of people whose own is not known: that of LFW, rounded up. See `docs/accuracy.md`.
ASSUMED_SPREAD = 1.5


class Aim(StrEnum):
    """The aim of a measurement of a rate."""

    # No false match is seen, and the upper bound at 95 % is the rate.
    BOUND = "bound"
    # 30 false matches are seen: the rate is known within 30 %.
    ESTIMATE = "estimate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The needs of one group of people.

    Attributes:
        trials: independent comparisons of strangers.
        people_apart: people, if each is compared once.
        people: people, if each is compared with all others of the group.
        photographs: of each person.
    """

    trials: int
    people_apart: int
    people: int
    photographs: int


def need(
    rate: float, aim: Aim, *, spread: float, template_frames: int = 1, probe_frames: int = 1
) -> Need:
    """Return what a false match rate needs, for each group that it is promised to.

    Args:
        rate: strictly between 0 and 1.
        spread: of people, 0 or more; see `clustering.spread_of_people`.
        template_frames, probe_frames: photographs fused on each side; a person's genuine
            comparison needs them all at once.

    Raises:
        ValueError: an argument is out of bounds, or more than MOST_PEOPLE would be needed.
    """
    if not 0 < rate < 1:
        raise ValueError("a rate is between 0 and 1")
    if not 0 <= spread < inf:
        raise ValueError("a spread is 0 or more, and finite")
    if min(template_frames, probe_frames) < 1:
        raise ValueError("there is at least one frame on each side")
    trials = _trials(rate, aim)
    if 2 * trials > MOST_PEOPLE:
        raise ValueError(f"a rate of {rate:g} needs more than {MOST_PEOPLE:,} people")
    return Need(
        trials=trials,
        people_apart=2 * trials,
        people=_least(lambda people: independent_pairs(people, rate, spread) >= trials),
        photographs=template_frames + probe_frames,
    )


def independent_pairs(people: int, rate: float, spread: float) -> float:
    """Return the number of independent comparisons that all pairs of so many people are worth."""
    shared = spread * spread * rate / (1 - rate)  # a power of a float overflows with an error
    return people * (people - 1) / 2 / (1 + 2 * max(people - 2, 0) * shared)


def _trials(rate: float, aim: Aim) -> int:
    if aim is Aim.ESTIMATE:
        return ceil(_FALSE_MATCHES / rate)
    return ceil(log(1 - CONFIDENCE) / log1p(-rate))


def _least(is_enough: Callable[[int], bool]) -> int:
    """Return the least number of people, from 2 on, for which the condition holds."""
    low, high = 1, 2
    while not is_enough(high):
        if high > MOST_PEOPLE:
            raise ValueError(f"more than {MOST_PEOPLE:,} people would be needed")
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
