"""Shares of comparisons, with 95 % intervals over people.

As in `intervals`, entire people are resampled with all their comparisons; here the threshold is
given, not made from the same comparisons.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import Impostors, People

_DRAWS = 1000
_AT_ONCE = 50  # of them: a false match takes 8 bytes in each
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Share:
    """A share of comparisons.

    Attributes:
        interval: 95 %; None if not known: there was nothing to compare, or too much to resample.
    """

    rate: float | None
    interval: tuple[float, float] | None


_UNKNOWN = Share(None, None)


def share_of_pairs(impostors: Impostors, threshold: float, *, seed: int = 0) -> Share:
    """Return the share of comparisons of strangers that match.

    Without any match the upper end is that of the rule of three, with the pairs of people as
    trials.

    Returns:
        No interval if more match than ``impostors.tail`` has.
    """
    of = len(impostors.scores)
    if not of:
        return _UNKNOWN
    count = metrics.false_matches(impostors, threshold)
    people = np.flatnonzero(impostors.template_counts + impostors.probe_counts)
    if not count:
        return Share(0.0, (0.0, _none_of(len(people) * (len(people) - 1) // 2)))
    if count > len(impostors.tail):
        return Share(count / of, None)
    ends, matches = np.unique(impostors.tail[:count], axis=0, return_counts=True)
    rates = []
    for drawn in _draws(people, len(impostors.template_counts), seed):
        matched = (drawn[:, ends[:, 0]] * drawn[:, ends[:, 1]]) @ matches
        rates.append(_quotients(matched, _compared(impostors, drawn)))
    return Share(count / of, _interval(rates))


def share_of_people(events: NDArray[np.bool_], people: People, *, seed: int = 0) -> Share:
    """Return the share of genuine comparisons with an event; each person counts the same.

    Args:
        events: (n,).
        people: (n,).
    """
    if not len(events):
        return _UNKNOWN
    of = np.bincount(people)
    present = np.flatnonzero(of)
    return mean_of_people(np.bincount(people, weights=events)[present] / of[present], seed=seed)


def mean_of_people(rates: NDArray[np.float64], *, seed: int = 0) -> Share:
    """Return the mean of people's own rates, (people,)."""
    people = len(rates)
    if not rates.any():
        return Share(0.0, (0.0, _none_of(people)))
    draws = _draws(np.arange(people), people, seed)
    return Share(float(rates.mean()), _interval([drawn @ rates / people for drawn in draws]))


def share_of_strangers(
    events: NDArray[np.bool_], templates: People, probes: People, *, seed: int = 0
) -> Share:
    """Return the share of strangers' comparisons with an event; each pair counts the same.

    Args:
        events: (n,).
        templates, probes: (n,), the people of each comparison, from 0 without gaps; each of them
            was compared with each other one, both ways.
    """
    if not len(events):
        return _UNKNOWN
    people = int(templates.max()) + 1
    codes = templates * people + probes
    of = np.bincount(codes, minlength=people * people)
    rates = np.bincount(codes, weights=events, minlength=people * people) / np.maximum(of, 1)
    hit = np.flatnonzero(rates)
    if not len(hit):
        return Share(0.0, (0.0, _none_of(people * (people - 1) // 2)))
    first, second = np.divmod(hit, people)
    drawn_rates = []
    for drawn in _draws(np.arange(people), people, seed):
        matched = (drawn[:, first] * drawn[:, second]) @ rates[hit]
        drawn_rates.append(_quotients(matched, people**2 - (drawn**2).sum(axis=1)))
    return Share(float(rates.sum() / (people * (people - 1))), _interval(drawn_rates))


def _draws(people: People, size: int, seed: int) -> Iterator[NDArray[np.float64]]:
    """Yield how often each person is drawn, (some draws, size); all together are _DRAWS draws."""
    rng = np.random.default_rng(seed)
    even = np.full(len(people), 1 / len(people))
    for _ in range(0, _DRAWS, _AT_ONCE):
        drawn = np.zeros((_AT_ONCE, size))
        drawn[:, people] = rng.multinomial(len(people), even, size=_AT_ONCE)
        yield drawn


def _compared(impostors: Impostors, drawn: NDArray[np.float64]) -> NDArray[np.float64]:
    of_templates, of_probes = drawn * impostors.template_counts, drawn * impostors.probe_counts
    total = of_templates.sum(axis=1) * of_probes.sum(axis=1) - (of_templates * of_probes).sum(
        axis=1
    )
    return np.asarray(total / (2 if impostors.symmetric else 1))


def _quotients(matched: NDArray[np.float64], compared: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rates of those draws that compared anybody."""
    return np.asarray(matched[compared > 0] / compared[compared > 0])


def _interval(rates: list[NDArray[np.float64]]) -> tuple[float, float]:
    low, high = np.percentile(np.concatenate(rates), _LEVEL)
    return float(low), float(high)


def _none_of(trials: int) -> float:
    """Return the rate at which no event in so many trials has a probability of 5 %."""
    return 1 - 0.05 ** (1 / trials) if trials else 1.0
