"""APCER, BPCER and non-response rates (ISO/IEC 30107-3) at a threshold, and over all thresholds."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.pad.judging import Judged
from faceplatform.evaluation.proportions import Proportion

# Thresholds of the curves.
THRESHOLDS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Result:
    """The presentations of one species of attack, or the bona fide ones, at a threshold.

    Attributes:
        errors: misclassified presentations among those with a response: APCER, or BPCER.
        non_responses: presentations without a response among all: APNRR, or BPNRR.
        reasons: of the missing responses.
        frame_errors: misclassified frames among those with a response. Frames of a presentation
            are alike, so no interval follows from their number.
    """

    errors: Proportion
    non_responses: Proportion
    reasons: Mapping[str, int]
    frame_errors: Proportion


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Error rates over `THRESHOLDS`.

    Attributes:
        bpcer: float64, (thresholds,); None without a response.
        apcer: the same by species.
    """

    bpcer: NDArray[np.float64] | None
    apcer: Mapping[str, NDArray[np.float64] | None]


def of_attacks(judged: Sequence[Judged], threshold: float) -> Result:
    """Return the result of one species: an error is a score of the threshold or more."""
    return _result(judged, lambda score: score >= threshold)


def of_bona_fide(judged: Sequence[Judged], threshold: float) -> Result:
    """Return the result of the bona fide presentations: an error is a score below the threshold."""
    return _result(judged, lambda score: score < threshold)


def curves(bona_fide: Sequence[Judged], attacks: Mapping[str, Sequence[Judged]]) -> Curves:
    """Return the error rates of presentations at every threshold."""
    passed = _passed(bona_fide)
    return Curves(
        bpcer=None if passed is None else 1 - passed,
        apcer={species: _passed(judged) for species, judged in attacks.items()},
    )


def bpcer_at(found: Curves, apcer: float) -> float | None:
    """Return the BPCER at the lowest threshold at which no species has a higher APCER.

    ISO/IEC 30107-3 calls it BPCER20 for an APCER of 5 %, BPCER10 for 10 %. None if no threshold of
    the curves is strict enough, or nothing responded.
    """
    rates = [rate for rate in found.apcer.values() if rate is not None]
    if not rates or found.bpcer is None:
        return None
    strict = np.flatnonzero(np.max(rates, axis=0) <= apcer)
    return float(found.bpcer[strict[0]]) if len(strict) else None


def _result(judged: Sequence[Judged], is_error: Callable[[float], bool]) -> Result:
    scores = [each.score for each in judged if each.score is not None]
    silent = [each.reason for each in judged if each.score is None]
    frames = [score for each in judged for score in each.scores]
    return Result(
        errors=Proportion(sum(map(is_error, scores)), len(scores)),
        non_responses=Proportion(len(silent), len(judged)),
        reasons=dict(Counter(str(reason) for reason in silent)),
        frame_errors=Proportion(sum(map(is_error, frames)), len(frames)),
    )


def _passed(judged: Sequence[Judged]) -> NDArray[np.float64] | None:
    scores = np.array([each.score for each in judged if each.score is not None])
    return (scores >= THRESHOLDS[:, None]).mean(axis=1) if len(scores) else None
