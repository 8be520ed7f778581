"""Similarities of sessions beside those that the calibration lets expect.

Nobody labels the comparisons of a service, so only what does not need labels is compared:

- Verifications, accepted and refused ones together: users are who they say they are, but for a few
  impostors. So their similarities should be those of people with themselves.
- Identifications that matched, beside the part of that distribution which matches at the client's
  operating point. Whoever was not recognized may be a stranger.

A service may well do better than the photographs of a calibration, with frames of one camera, a
few months apart at most. That is no alert; lower similarities are.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from analytics import measures
from analytics.measures import SCORE_BINS, Bins
from analytics.models import DayHistogram, SessionType
from analytics.stability import ALERT_FROM, LEAST_VALUES, stability_index
from clients.models import Client
from enrollment import quality_reports
from faceplatform.matching.calibration import score_at

_WEEK = timedelta(days=7)
# The labels of a series.
GROUP = ("session_type", "capture_type", "source")
Series = tuple[str, ...]
# The measures that are compared, by session type.
COMPARED = {
    SessionType.VERIFICATION: (measures.SIMILARITY_ACCEPTED, measures.SIMILARITY_REFUSED),
    SessionType.IDENTIFICATION: (measures.SIMILARITY_ACCEPTED,),
}
# The expected distribution, as so many sessions.
_EXPECTED_SESSIONS = 10_000


class Scores(NamedTuple):
    """The compared similarities of a series, and how many of them were refused.

    Of identifications that is None: they may be those of strangers.
    """

    all: Bins
    refused: int | None


def of_week(client_pk: int, monday: date) -> list[dict[str, Any]]:
    """Return each series of the client's week beside what is to be expected.

    Returns:
        Nothing without templates, or if the calibration does not say how similar people were.
    """
    found = _of_days(client_pk, monday, monday + _WEEK - timedelta(days=1))
    below = quality_reports.expected_below(client_pk) if found else None
    if below is None:
        return []
    client = Client.objects.get(pk=client_pk)
    return [{**each, "week": monday.isoformat()} for each in beside(client, found, below)]


def beside(
    client: Client, found: Mapping[Series, Scores], below: Callable[[float], float]
) -> list[dict[str, Any]]:
    """Return each series of a client beside what is to be expected, in their order.

    Args:
        below: the share of genuine comparisons below a similarity.
    """
    answers = []
    for series in sorted(found):
        labels = dict(zip(GROUP, series, strict=True))
        verifies = labels["session_type"] == SessionType.VERIFICATION.value
        rate = (
            client.false_match_rate_of(labels["source"])
            if verifies
            else client.capture_policy.identification_false_match_rate
        )
        point = score_at(rate)
        if expected := expected_bins(below, 0 if verifies else measures.score_bin(point)):
            share = round(below(point), 4) if verifies else None
            compared = _compared(found[series], expected)
            answers.append({**labels, **compared, "expected_refused_share": share})
    return answers


def scores_of(by_series: Mapping[Series, Mapping[str, Bins]]) -> dict[Series, Scores]:
    """Return the scores of each series from its histograms by measure."""
    return {series: _scores(series[0], by_measure) for series, by_measure in by_series.items()}


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


def _compared(scores: Scores, expected: Bins) -> dict[str, Any]:
    found = scores.all
    psi = stability_index(found, expected)
    mean, expected_mean = mean_similarity(found), mean_similarity(expected)
    values = found.total()
    return {
        "values": values,
        "similarity": round(mean, 4),
        "expected_similarity": round(expected_mean, 4),
        "expected_psi": round(psi, 4),
        "is_below": mean < expected_mean and values >= LEAST_VALUES and psi >= ALERT_FROM,
        "refused_share": None if scores.refused is None else round(scores.refused / values, 4),
    }


def _of_days(client_pk: int, first: date, last: date) -> dict[Series, Scores]:
    found: dict[Series, dict[str, Bins]] = defaultdict(lambda: defaultdict(Counter))
    rows = DayHistogram.objects.filter(
        client=client_pk,
        day__gte=first,
        day__lte=last,
        session_type__in=COMPARED,
        measure__in=(measures.SIMILARITY_ACCEPTED, measures.SIMILARITY_REFUSED),
    )
    for measure, session_type, *others, bins in rows.values_list("measure", *GROUP, "bins"):
        if measure in COMPARED[session_type]:
            counts = {int(number): count for number, count in bins.items()}
            found[session_type, *others][measure].update(counts)
    return scores_of(found)


def _scores(session_type: str, by_measure: Mapping[str, Bins]) -> Scores:
    is_verified = session_type == SessionType.VERIFICATION
    refused = None
    if is_verified:
        refused = by_measure.get(measures.SIMILARITY_REFUSED, Counter()).total()
    return Scores(sum(by_measure.values(), Counter()), refused)
