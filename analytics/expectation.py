"""The similarities of a week beside those that the calibration lets expect.

Nobody labels the comparisons of a service, so only what does not need labels is compared:

- Verifications, accepted and refused ones together: users are who they say they are, but for a few
  impostors. So their similarities should be those of people with themselves.
- Identifications that matched, beside the part of that distribution which matches at the client's
  operating point. Whoever was not recognized may be a stranger.

A service may well do better than the photographs of a calibration, with frames of one camera, a
few months apart at most. That is no alert; lower similarities are.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from analytics import measures
from analytics.measures import SCORE_BINS, Bins
from analytics.models import DayHistogram, SessionType
from analytics.stability import ALERT_FROM, LEAST_VALUES, stability_index
from clients.models import Client
from enrollment import quality_reports
from faceplatform.matching.calibration import score_at

_WEEK = timedelta(days=7)
_GROUP = ("session_type", "capture_type", "source")
# The measures that are compared, by session type.
_COMPARED = {
    SessionType.VERIFICATION: (measures.SIMILARITY_ACCEPTED, measures.SIMILARITY_REFUSED),
    SessionType.IDENTIFICATION: (measures.SIMILARITY_ACCEPTED,),
}
# The expected distribution, as so many sessions.
_EXPECTED_SESSIONS = 10_000


def of_week(client_pk: int, monday: date) -> list[dict[str, Any]]:
    """Return each series of the client's week beside what is to be expected.

    Returns:
        Nothing without templates, or if the calibration does not say how similar people were.
    """
    found = _bins_of_week(client_pk, monday)
    below = quality_reports.expected_below(client_pk) if found else None
    if below is None:
        return []
    policy = Client.objects.get(pk=client_pk).capture_policy
    expected = {
        SessionType.VERIFICATION.value: expected_bins(below, 0),
        SessionType.IDENTIFICATION.value: expected_bins(
            below, measures.score_bin(score_at(policy.false_match_rate))
        ),
    }
    return [
        {
            **dict(zip(_GROUP, series, strict=True)),
            "week": monday.isoformat(),
            **_compared(found[series], expected[series[0]]),
        }
        for series in sorted(found)
        if expected[series[0]]
    ]


def expected_bins(below: Callable[[float], float], least: int) -> Bins:
    """Return the expected histogram, from a bin on, of _EXPECTED_SESSIONS sessions.

    Args:
        below: the share of genuine comparisons below a similarity.

    Returns:
        Nothing if no genuine comparison reaches that bin.
    """
    edges = [below(measures.score_edges(number)[0]) for number in range(SCORE_BINS)]
    shares = [high - low for low, high in zip(edges, [*edges[1:], 1.0], strict=True)][least:]
    total = sum(shares)
    if not total:
        return Counter()
    return Counter(
        {
            least + number: round(_EXPECTED_SESSIONS * share / total)
            for number, share in enumerate(shares)
        }
    )


def mean_similarity(bins: Bins) -> float:
    """Return the mean of a histogram that is not empty, by the middles of its bins."""
    middles = {number: sum(measures.score_edges(number)) / 2 for number in bins}
    return sum(middles[number] * count for number, count in bins.items()) / bins.total()


def _compared(week: Bins, expected: Bins) -> dict[str, Any]:
    psi = stability_index(week, expected)
    mean, expected_mean = mean_similarity(week), mean_similarity(expected)
    values = week.total()
    is_below = mean < expected_mean
    return {
        "values": values,
        "similarity": round(mean, 4),
        "expected_similarity": round(expected_mean, 4),
        "expected_psi": round(psi, 4),
        "is_below": is_below and values >= LEAST_VALUES and psi >= ALERT_FROM,
    }


def _bins_of_week(client_pk: int, monday: date) -> dict[tuple[str, ...], Bins]:
    found: dict[tuple[str, ...], Bins] = defaultdict(Counter)
    rows = DayHistogram.objects.filter(
        client=client_pk,
        day__gte=monday,
        day__lt=monday + _WEEK,
        session_type__in=_COMPARED,
        measure__in=(measures.SIMILARITY_ACCEPTED, measures.SIMILARITY_REFUSED),
    )
    for measure, session_type, *others, bins in rows.values_list("measure", *_GROUP, "bins"):
        if measure in _COMPARED[session_type]:
            counts = {int(number): count for number, count in bins.items()}
            found[session_type, *others].update(counts)
    return found
