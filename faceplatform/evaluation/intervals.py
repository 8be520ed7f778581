"""95 % confidence intervals of measured rates.

Comparisons are not independent: a person who looks like nobody else, or like many, is part of many
comparisons. So entire people are resampled with all their comparisons (the bootstrap that ISO/IEC
19795-1 recommends for comparisons that share subjects). Each draw determines its own threshold, so
the interval covers the uncertainty of the threshold and of the misses at it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import Comparisons, Genuine, Impostors

DRAWS = 1000
# Each draws again through the whole tail of a table.
THRESHOLD_DRAWS = 300
_LEVEL = (2.5, 97.5)
# The part of the tail that a draw may use, as a multiple of the false match rate.
_REACH = 4

Interval = tuple[float, float]


def fnmr_intervals(
    comparisons: Comparisons, fmrs: Sequence[float], *, draws: int = DRAWS, seed: int = 0
) -> dict[float, Interval]:
    """Return the interval of FNMR at each false match rate (up to 0.03).

    Without any miss the bootstrap has no spread: the upper end is then at least the rate at which
    no miss among this many people has a probability of 5 % ("rule of three").
    """
    genuine, impostors = comparisons.genuine, comparisons.impostors
    rng = np.random.default_rng(seed)
    people = _present(impostors)
    rates: dict[float, list[float]] = {fmr: [] for fmr in fmrs}
    for _ in range(draws):
        drawn = np.zeros(len(impostors.template_counts))
        np.add.at(drawn, rng.choice(people, size=len(people)), 1)
        weights = genuine.weights * drawn[genuine.people]
        if not weights.any():
            continue
        for fmr in fmrs:
            threshold = _threshold(impostors, drawn, fmr)
            rates[fmr].append(weights[genuine.scores < threshold].sum() / weights.sum())
    return {
        fmr: _interval(np.array(rates[fmr]), genuine, metrics.threshold_at(impostors, fmr))
        for fmr in fmrs
    }


def highest_thresholds(
    impostors: Impostors, fmrs: Sequence[float], *, draws: int = THRESHOLD_DRAWS, seed: int = 0
) -> dict[float, float]:
    """Return the upper end of the interval of the threshold at each false match rate (up to 0.1).

    It is never below the threshold that all people together give.
    """
    rng = np.random.default_rng(seed)
    people = _present(impostors)
    found = np.empty((draws, len(fmrs)))
    for number in range(draws):
        chosen = rng.choice(people, size=len(people))
        drawn = np.bincount(chosen, minlength=len(impostors.template_counts)).astype(float)
        found[number] = _thresholds(impostors, drawn, fmrs)
    highest = np.percentile(found, _LEVEL[1], axis=0)
    return {
        fmr: max(float(upper), metrics.threshold_at(impostors, fmr))
        for fmr, upper in zip(fmrs, highest, strict=True)
    }


def fnmr_interval(genuine: Genuine, threshold: float, *, seed: int = 0) -> Interval:
    """Return the interval of FNMR at a threshold that is given, whole people drawn."""
    misses = genuine.weights * (genuine.scores < np.float32(threshold))
    of_person = np.bincount(genuine.people, misses)
    weight = np.bincount(genuine.people, genuine.weights)
    people = np.flatnonzero(weight)
    rng = np.random.default_rng(seed)
    drawn = rng.choice(people, size=(DRAWS, len(people)))
    rates = of_person[drawn].sum(axis=1) / weight[drawn].sum(axis=1)
    return _interval(rates, genuine, threshold)


def _present(impostors: Impostors) -> NDArray[np.int64]:
    return np.flatnonzero(impostors.template_counts + impostors.probe_counts)


def _threshold(impostors: Impostors, drawn: NDArray[np.float64], fmr: float) -> np.float32:
    """Compute `metrics.threshold_at` with comparisons weighted by the draws of their people."""
    reach = min(len(impostors.tail), int(_REACH * fmr * len(impostors.scores)) + 100)
    tail = impostors.tail[:reach]
    weights = np.cumsum(drawn[tail[:, 0]] * drawn[tail[:, 1]])
    of_templates, of_probes = drawn * impostors.template_counts, drawn * impostors.probe_counts
    total = of_templates.sum() * of_probes.sum() - (of_templates * of_probes).sum()
    allowed = fmr * total / (2 if impostors.symmetric else 1)
    first_denied = min(int(np.searchsorted(weights, allowed, side="right")), reach - 1)
    return np.float32(np.nextafter(impostors.scores[first_denied], np.float32(2)))


def _thresholds(
    impostors: Impostors, drawn: NDArray[np.float64], fmrs: Sequence[float]
) -> NDArray[np.float32]:
    """Do the same for several rates, through all of the tail."""
    weights = np.cumsum(drawn[impostors.tail[:, 0]] * drawn[impostors.tail[:, 1]])
    of_templates, of_probes = drawn * impostors.template_counts, drawn * impostors.probe_counts
    total = of_templates.sum() * of_probes.sum() - (of_templates * of_probes).sum()
    allowed = np.array(fmrs) * total / (2 if impostors.symmetric else 1)
    first_denied = np.searchsorted(weights, allowed, side="right")
    scores = impostors.scores[np.minimum(first_denied, len(weights) - 1)]
    return np.asarray(np.nextafter(scores, np.float32(2)), dtype=np.float32)


def _interval(rates: NDArray[np.float64], genuine: Genuine, threshold: float) -> Interval:
    low, high = np.percentile(rates, _LEVEL)
    if metrics.false_non_match_rate(genuine, threshold) == 0:
        high = max(high, 1 - 0.05 ** (1 / genuine.people_count))
    return float(low), float(high)
