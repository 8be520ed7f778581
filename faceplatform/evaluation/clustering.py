"""The spread of people: some are taken for others more often than the rest.

`power` needs it: the more a few people make the false matches, the less a further comparison of
the same people tells.
"""

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import Impostors

# Two pairs of people that match and share a person tell how much people differ. Where fewer of them
# are to be expected although nobody differs, there may be none by chance (5 %, the rule of 3), and
# a spread of 0 would be no measurement.
_LEAST_SHARED = 3


def spread_of_people(impostors: Impostors, threshold: float) -> float | None:
    """Return the standard deviation of people's own false match rates, divided by their mean.

    The mean over all triples (a, b, c) of the product of the rates of a with b and of a with c
    exceeds the squared mean rate by the variance between people: the chance of single pairs, which
    would make everybody differ, cancels out.

    Args:
        impostors: with templates and probes of the same people.
        threshold: one whose false matches are all among ``impostors.tail``.

    Returns:
        0 or more; None with fewer than three people, or too few false matches to estimate it.
    """
    count = min(metrics.false_matches(impostors, threshold), len(impostors.tail))
    present = np.flatnonzero(impostors.template_counts * impostors.probe_counts)
    people = len(present)
    if not count or people < 3:
        return None
    # Of an ordered pair of people: their false matches by their comparisons.
    of_templates, of_probes = impostors.template_counts, impostors.probe_counts
    ends, matches = np.unique(np.sort(impostors.tail[:count], axis=1), axis=0, return_counts=True)
    first, second = ends.T
    compared = of_templates[first] * of_probes[second]
    if not impostors.symmetric:
        compared = compared + of_templates[second] * of_probes[first]
    rates = matches / compared
    if _expected_shared(rates, people) < _LEAST_SHARED:
        return None
    sums = np.zeros(len(of_templates))
    squares = np.zeros(len(of_templates))
    for end in (first, second):
        np.add.at(sums, end, rates)
        np.add.at(squares, end, rates**2)
    mean = sums.sum() / (people * (people - 1))
    products = (sums**2 - squares).sum() / (people * (people - 1) * (people - 2))
    return sqrt(max(0.0, float(products / mean**2 - 1)))


def _expected_shared(rates: NDArray[np.float64], people: int) -> float:
    """Return how many times two matching pairs of people would share a person if nobody differed.

    Args:
        rates: the share of matching comparisons of each pair that has any. Unequal ones are worth
            fewer pairs: as many equal ones as would be known equally well (Kish).
    """
    pairs = float(rates.sum() ** 2 / (rates**2).sum())
    # Of all pairs of n people but a given one, the share with one of its two people is 4 / (n + 1).
    return pairs * (pairs - 1) / 2 * 4 / (people + 1)
