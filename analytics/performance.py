"""Distributions of times and scores, and the effect of another operating point."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from analytics import measures
from analytics.measures import Bins
from analytics.models import DayHistogram, SessionType
from analytics.periods import Period
from faceplatform.matching.calibration import score_at
from faceplatform.sessions.operating_point import look_fmr
from faceplatform.tenant import Tenant

# Operating points that a policy can choose, whatever the calibration.
LOOSEST, STRICTEST = 0.1, 1e-5
POINTS = (1e-2, 1e-3, 1e-4, 1e-5)
_SHARES = {"p50_ms": 0.5, "p95_ms": 0.95, "p99_ms": 0.99}


def of_period(period: Period, client: Tenant, *, false_match_rate: float | None) -> dict[str, Any]:
    """Return percentiles of times, histograms of scores, and the what-if of operating points.

    Args:
        client: the looks of its policy share the rate of a session.
        false_match_rate: a further operating point.
    """
    by_type, policy = _bins(period), client.capture_policy
    points: tuple[float, ...] = POINTS
    if false_match_rate is not None and false_match_rate not in POINTS:
        points = (*POINTS, false_match_rate)
    stages = {
        measure.removeprefix(measures.STAGE): _times(_merged(by_type, measure))
        for measure in sorted({measure for _, measure in by_type})
        if measure.startswith(measures.STAGE)
    }
    verified = by_type.get((SessionType.VERIFICATION, measures.SIMILARITY_ACCEPTED), Counter())
    refused = by_type.get((SessionType.VERIFICATION, measures.SIMILARITY_REFUSED), Counter())
    return {
        **period.described(),
        "session": _times(_merged(by_type, measures.DURATION)),
        "stages": [{"stage": stage, **times} for stage, times in stages.items()],
        "accepted_scores": _scores(_merged(by_type, measures.SIMILARITY_ACCEPTED)),
        "refused_scores": _scores(_merged(by_type, measures.SIMILARITY_REFUSED)),
        "what_if": [
            what_if(point, verified, refused, look_fmr=look_fmr(client, policy, fmr=point))
            for point in points
        ],
    }


def what_if(
    false_match_rate: float, accepted: Bins, refused: Bins, *, look_fmr: float
) -> dict[str, Any]:
    """Return how many decisions of verifications would differ at another operating point.

    The similarity of a match is at least that of the rate of a look. Of the bin that contains it,
    the scores may lie on either side: hence two bounds, equal where the point is an edge of bins.
    """
    similarity = score_at(look_fmr)
    place = measures.score_bin(similarity)
    low, _ = measures.score_edges(place)
    unclear = 0 if abs(similarity - low) < 1e-9 else 1
    below = sum(count for number, count in accepted.items() if number < place)
    above = sum(count for number, count in refused.items() if number >= place + unclear)
    return {
        "false_match_rate": false_match_rate,
        "similarity": round(similarity, 4),
        "would_be_refused": _bounds(below, accepted[place] * unclear),
        "would_be_accepted": _bounds(above, refused[place] * unclear),
        "decisions": sum(accepted.values()) + sum(refused.values()),
    }


def _bounds(least: int, unclear: int) -> dict[str, int]:
    return {"least": least, "most": least + unclear}


def _bins(period: Period) -> dict[tuple[str, str], Bins]:
    """Return the bins of each session type and measure."""
    found: dict[tuple[str, str], Bins] = {}
    rows = DayHistogram.objects.filter(**period.of_client()).order_by()
    for session_type, measure, bins in rows.values_list("session_type", "measure", "bins"):
        merged = found.setdefault((session_type, measure), Counter())
        merged.update({int(number): count for number, count in bins.items()})
    return found


def _merged(by_type: Mapping[tuple[str, str], Bins], wanted: str) -> Bins:
    merged: Bins = Counter()
    for (_, measure), bins in by_type.items():
        if measure == wanted:
            merged.update(bins)
    return merged


def _times(bins: Bins) -> dict[str, Any]:
    found = {name: measures.percentile(bins, share) for name, share in _SHARES.items()}
    rounded = {name: None if ms is None else round(ms, 1) for name, ms in found.items()}
    return {"sessions": sum(bins.values()), **rounded}


def _scores(bins: Bins) -> list[dict[str, Any]]:
    found = []
    for number in sorted(bins):
        low, high = measures.score_edges(number)
        found.append({"from": round(low, 4), "to": round(high, 4), "sessions": bins[number]})
    return found
