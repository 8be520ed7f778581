"""The results of `manage.py evaluate` for a model, as one value."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion, intervals, metrics, shares
from faceplatform.evaluation.acquisition import Samples
from faceplatform.evaluation.comparisons import (
    Comparisons,
    Genuine,
    Impostors,
    all_against_all,
)
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.pairs import PairList

FMRS = (1e-2, 1e-3, 1e-4)
REPORTED = ((3, 1), (3, 3))

Counts = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """FNMR at a false match rate.

    Attributes:
        threshold: a cosine.
        interval: that of the FNMR.
        actual: the share of comparisons of strangers that match at the threshold.
        false_matches: the number of comparisons of strangers that match at it.
        people_confused: the number of different pairs of people among them.
    """

    fmr: float
    threshold: float
    fnmr: float
    interval: intervals.Interval
    actual: shares.Share
    false_matches: int
    people_confused: int


@dataclass(frozen=True, slots=True)
class Listed:
    """The results of listed pairs.

    Attributes:
        count: the number of pairs with both images acquired.
        accuracy: over the folds; None with a single fold.
        rates: FNMR of the genuine pairs, thresholds from all strangers.
    """

    count: int
    accuracy: metrics.Accuracy | None
    eer: float
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """The results for a model.

    Attributes:
        listed: of the listed pairs; None if none are listed.
        single: every image against every other.
        fused: by (template frames, probe frames), if two people have enough images.
    """

    listed: Listed | None
    single: Comparisons
    fused: dict[Counts, Comparisons]


def measure(pairs: PairList, samples: Samples, counts: Iterable[Counts] = REPORTED) -> Measurement:
    """Measure the first embeddings of the samples.

    Args:
        counts: (template frames, probe frames) to measure.

    Raises:
        EvaluationError: no listed pair of one kind was acquired.
    """
    embeddings = samples.embeddings[0]
    single = all_against_all(embeddings, samples.people)
    return Measurement(
        listed=_listed(pairs, samples, single.impostors) if pairs.pairs else None,
        single=single,
        fused=_fused(embeddings, samples.people, counts),
    )


def _listed(pairs: PairList, samples: Samples, impostors: Impostors) -> Listed:
    embeddings = samples.embeddings[0]
    kept = [p for p in pairs.pairs if min(samples.row_of[[p.first, p.second]]) >= 0]
    rows = samples.row_of[np.array([(p.first, p.second) for p in kept]).reshape(-1, 2)]
    same = np.array([p.same for p in kept], dtype=bool)
    if not same.any() or same.all():
        raise EvaluationError("of one kind, same_person 1 or 0, no pair was acquired")
    scores = np.einsum("ij,ij->i", embeddings[rows[:, 0]], embeddings[rows[:, 1]])
    genuine = _weighted_equally(scores[same], samples.people[rows[same, 0]])
    return Listed(
        count=len(kept),
        accuracy=metrics.fold_accuracy(scores, same, [p.fold for p in kept]),
        eer=metrics.equal_error_rate(scores[same], scores[~same]),
        rates=rates(Comparisons(genuine, impostors)),
    )


def rates(comparisons: Comparisons) -> tuple[Rate, ...]:
    """Return FNMR at those of FMRS for which there are enough comparisons of strangers."""
    impostors = comparisons.impostors
    reached = [fmr for fmr in FMRS if fmr * len(impostors.scores) >= 1]
    within = intervals.fnmr_intervals(comparisons, reached)
    found = []
    for fmr in reached:
        threshold = metrics.threshold_at(impostors, fmr)
        found.append(
            Rate(
                fmr=fmr,
                threshold=threshold,
                fnmr=metrics.false_non_match_rate(comparisons.genuine, threshold),
                interval=within[fmr],
                actual=shares.share_of_pairs(impostors, threshold),
                false_matches=metrics.false_matches(impostors, threshold),
                people_confused=metrics.people_confused(impostors, threshold),
            )
        )
    return tuple(found)


def _weighted_equally(scores: NDArray[np.float32], people: NDArray[np.int64]) -> Genuine:
    """Weight listed pairs equally, as in LFW's protocol."""
    return Genuine(scores, people, np.full(len(scores), 1 / len(scores)))


def _fused(
    embeddings: NDArray[np.float32], people: NDArray[np.int64], counts: Iterable[Counts]
) -> dict[Counts, Comparisons]:
    most = np.sort(np.bincount(people))[-2]  # images that two people have
    return {
        (template_frames, probe_frames): fusion.compare(
            embeddings, people, template_frames=template_frames, probe_frames=probe_frames
        )
        for template_frames, probe_frames in counts
        if template_frames + probe_frames <= max(most, 2)
    }
