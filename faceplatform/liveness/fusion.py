"""Fusion of the passive scores of several frames of one presentation."""

from collections.abc import Iterable
from math import exp, log

# A net's score is rounded, and its last digits mean nothing: one frame weighs no more than this.
_CERTAIN = 1e-3


def fused_score(scores: Iterable[float]) -> float | None:
    """Return the probability whose log-odds are the mean of those of the scores.

    The frames of a presentation are no independent observations, so their log-odds are averaged
    rather than summed.

    Args:
        scores: probabilities of a bona fide presentation, 0..1.

    Returns:
        0..1; None without a score.
    """
    odds = [log(p / (1 - p)) for p in (min(max(p, _CERTAIN), 1 - _CERTAIN) for p in scores)]
    return 1 / (1 + exp(-sum(odds) / len(odds))) if odds else None
