"""Error rates from scores. A comparison is a match if its score reaches the threshold.

Names after ISO/IEC 19795-1: FMR, the share of comparisons of strangers that match; FNMR, the share
of genuine comparisons that do not; EER, the rate at which both are equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.comparisons import Genuine, Impostors

Scores = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of listed pairs judged correctly, as reported for LFW's view 2.

    Attributes:
        mean: over the folds.
        stderr: sample standard deviation over the folds, divided by the root of their number.
        folds: the accuracy in each fold.
    """

    mean: float
    stderr: float
    folds: tuple[float, ...]


def threshold_at(impostors: Impostors, fmr: float) -> float:
    """Return the least cosine at which at most this share of comparisons of strangers match."""
    allowed = int(fmr * len(impostors.scores))
    return float(np.nextafter(impostors.scores[allowed], np.float32(2)))


def false_match_rate(impostors: Impostors, threshold: float) -> float:
    return false_matches(impostors, threshold) / len(impostors.scores)


def false_matches(impostors: Impostors, threshold: float) -> int:
    rising = impostors.scores[::-1]
    return len(rising) - int(np.searchsorted(rising, np.float32(threshold), side="left"))


def people_confused(impostors: Impostors, threshold: float) -> int:
    """Count the different pairs of people among the false matches.

    Ten comparisons of the same two people are one observation, not ten.
    """
    count = min(false_matches(impostors, threshold), len(impostors.tail))
    pairs = np.sort(impostors.tail[:count], axis=1)
    return len(np.unique(pairs, axis=0))


def false_non_match_rate(genuine: Genuine, threshold: float) -> float:
    return float(genuine.weights[genuine.scores < np.float32(threshold)].sum())


def equal_error_rate(genuine: Scores, strangers: Scores) -> float:
    """Return the rate at which FMR and FNMR are equal, or their mean where they are closest."""
    thresholds = np.unique(np.concatenate([genuine, strangers]))
    fnmr = np.searchsorted(np.sort(genuine), thresholds, side="left") / len(genuine)
    fmr = 1 - np.searchsorted(np.sort(strangers), thresholds, side="left") / len(strangers)
    closest = int(np.argmin(np.abs(fmr - fnmr)))
    return float((fmr[closest] + fnmr[closest]) / 2)


def fold_accuracy(scores: Scores, same: NDArray[np.bool_], folds: Sequence[str]) -> Accuracy | None:
    """Compute the accuracy in each fold at the best threshold of all others (LFW, view 2).

    Returns:
        None with a single fold: its own best threshold would flatter it.
    """
    labels = np.array(folds)
    names = sorted(set(folds))
    if len(names) < 2:
        return None
    parts = []
    for name in names:
        here = labels == name
        threshold = _best_threshold(scores[~here], same[~here])
        parts.append(float(((scores[here] >= threshold) == same[here]).mean()))
    stderr = float(np.std(parts, ddof=1) / np.sqrt(len(parts)))
    return Accuracy(float(np.mean(parts)), stderr, tuple(parts))


def _best_threshold(scores: Scores, same: NDArray[np.bool_]) -> float:
    """Return the threshold that judges most pairs correctly; of several, the middle one.

    Candidates are halfway between neighbouring scores, and beyond both ends.
    """
    order = np.argsort(scores)
    rising, genuine = scores[order], same[order]
    missed = np.concatenate([[0], np.cumsum(genuine)])
    let_in = (~genuine).sum() - np.concatenate([[0], np.cumsum(~genuine)])
    wrong = missed + let_in
    candidates = np.concatenate([[-2.0], (rising[1:] + rising[:-1]) / 2, [2.0]])
    possible = np.concatenate([[True], rising[1:] > rising[:-1], [True]])
    wrong = np.where(possible, wrong, len(scores) + 1)
    best = np.flatnonzero(wrong == wrong.min())
    return float(candidates[best[len(best) // 2]])
