"""Measures whose distributions are kept, and the bins of their histograms.

Bins never change: the days that are kept were counted by them. Two scales:

Scores (quality, similarity) have 60 bins of equal width over 0..1. The similarity is linear in the
logarithm of the false match rate (`faceplatform.matching.calibration.score_at`), six decades long,
so ten bins are one decade, and the common operating points lie on edges.

Times have bins that grow by a factor of 10 ** 0.1, from 1 ms on: a percentile is off by an eighth
of its value at most.
"""

import math
from collections import Counter
from collections.abc import Mapping

from analytics.models import SessionFact
from faceplatform.sessions.reasons import Reason

SCORE_BINS = 60
TIME_BINS = 80  # to 10 ** 8 ms, more than a day
_BINS_A_DECADE = 10

QUALITY = "quality"
SIMILARITY_ACCEPTED = "similarity_accepted"
SIMILARITY_REFUSED = "similarity_refused"
DURATION = "duration"
HOUR = "hour"
STAGE = "stage:"
_MOST_STAGES = 20
# The measure of a similarity, by its session's reason: that of others decided nothing.
SIMILARITY_BY_REASON: dict[str, str] = {
    Reason.MATCHED: SIMILARITY_ACCEPTED,
    Reason.NO_MATCH: SIMILARITY_REFUSED,
}

Bins = Counter[int]


def score_bin(score: float) -> int:
    """Return the bin of a score 0..1; the last one includes 1."""
    # A score on an edge may miss it by a rounding error.
    return max(0, min(SCORE_BINS - 1, math.floor(score * SCORE_BINS + 1e-9)))


def time_bin(milliseconds: float) -> int:
    """Return the bin of a time; bin 0 has everything below 1 ms."""
    if milliseconds < 1:
        return 0
    return min(TIME_BINS, 1 + math.floor(_BINS_A_DECADE * math.log10(milliseconds) + 1e-9))


def time_edges(number: int) -> tuple[float, float]:
    """Return the bounds of a bin of times, in milliseconds."""
    if number == 0:
        return 0.0, 1.0
    return float(10 ** ((number - 1) / _BINS_A_DECADE)), float(10 ** (number / _BINS_A_DECADE))


def score_edges(number: int) -> tuple[float, float]:
    """Return the bounds of a bin of scores."""
    return number / SCORE_BINS, (number + 1) / SCORE_BINS


def of_fact(fact: SessionFact, hour: int) -> dict[str, int]:
    """Return the bin of each measure that the session has.

    Args:
        hour: of its end, 0..23, in the client's time zone.
    """
    found = {DURATION: time_bin(fact.duration_ms), HOUR: hour}
    if fact.quality is not None:
        found[QUALITY] = score_bin(fact.quality)
    if fact.similarity is not None and fact.reason in SIMILARITY_BY_REASON:
        found[SIMILARITY_BY_REASON[fact.reason]] = score_bin(fact.similarity)
    if fact.frames_received:  # the mean of the session's frames
        for stage, total in sorted(fact.stage_milliseconds.items())[:_MOST_STAGES]:
            found[f"{STAGE}{stage}"[:40]] = time_bin(total / fact.frames_received)
    return found


def percentile(bins: Mapping[int, int], share: float) -> float | None:
    """Return the value below which a share of the times lies, interpolated within its bin.

    Returns:
        Milliseconds; None if there is no value.
    """
    total = sum(bins.values())
    wanted, passed = share * total, 0
    for number in sorted(bins):
        if bins[number] and passed + bins[number] >= wanted:
            low, high = time_edges(number)
            return low + (high - low) * (wanted - passed) / bins[number]
        passed += bins[number]
    return None
