"""The population stability index of two histograms of scores.

It comes from credit scoring; 0.1 is usually read as a slight change, 0.25 as a strong one.
"""

import math

from analytics.measures import SCORE_BINS, Bins

ALERT_FROM = 0.25
LEAST_VALUES = 200
_GROUPS = 10
_ADDED = 0.5  # to each bin, so that an empty one has a logarithm


def stability_index(week: Bins, reference: Bins) -> float:
    """Return the population stability index of two histograms of scores."""
    first, second = _shares(week), _shares(reference)
    return sum((p - q) * math.log(p / q) for p, q in zip(first, second, strict=True))


def _shares(bins: Bins) -> list[float]:
    groups = [_ADDED] * _GROUPS
    for number, count in bins.items():
        groups[number * _GROUPS // SCORE_BINS] += count
    total = sum(groups)
    return [count / total for count in groups]
