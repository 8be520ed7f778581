"""Check of thresholds on people who were not among those of the calibration.

People are split randomly into halves. Thresholds are made from one half, as the shipped ones are
from all, and false matches are counted in the other; then the halves are swapped.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import calibration_file, fusion, metrics
from faceplatform.evaluation.by_group import Tables
from faceplatform.evaluation.comparisons import Comparisons, People
from faceplatform.matching.calibration import Calibration, OperatingPoint

COUNTS = ((1, 1), (3, 1), (3, 3))
FMRS = (1e-2, 1e-3, 1e-4)
SPLITS = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """Actual over promised false match rate, among people held out.

    Attributes:
        mean: over all halves; 1 means the promise is kept.
        low, high: 10th and 90th percentile of the halves.
        single_threshold: the mean with the threshold of one frame against one.
    """

    counts: tuple[int, int]
    fmr: float
    mean: float
    low: float
    high: float
    single_threshold: float


def check(embeddings: NDArray[np.float32], people: People, *, splits: int = SPLITS) -> list[Kept]:
    """Check every count and false match rate.

    Raises:
        EvaluationError: half of the people are too few for a calibration.
    """
    ratios: dict[tuple[tuple[int, int], float], list[tuple[float, float]]] = {}
    for split in range(splits):
        halves = [_compared(embeddings, people, half) for half in _halves(people, split)]
        calibrations = [calibration_of(half) for half in halves]
        for calibration, others in zip(calibrations, reversed(halves), strict=True):
            for counts in COUNTS:
                for fmr in FMRS:
                    ratio = tuple(
                        metrics.false_match_rate(
                            others[counts].impostors,
                            calibration.threshold(fmr, template_frames=a, probe_frames=b),
                        )
                        / fmr
                        for a, b in (counts, (1, 1))
                    )
                    ratios.setdefault((counts, fmr), []).append((ratio[0], ratio[1]))
    return [_kept(counts, fmr, each) for (counts, fmr), each in ratios.items()]


def calibration_of(tables: dict[tuple[int, int], Comparisons]) -> Calibration:
    """Return the calibration that would be written, without writing it."""
    return Calibration(
        model="",
        source="",
        points={
            counts: tuple(
                OperatingPoint(point["fmr"], point["cosine"], point["measured"]) for point in points
            )
            for counts, points in calibration_file.all_points(Tables(tables)).items()
        },
    )


def _halves(people: People, split: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return masks of the samples of either half of the people."""
    names = np.unique(people)
    chosen = np.random.default_rng(split).permutation(names)[: len(names) // 2]
    first = np.isin(people, chosen)
    return first, ~first


def _compared(
    embeddings: NDArray[np.float32], people: People, here: NDArray[np.bool_]
) -> dict[tuple[int, int], Comparisons]:
    return {
        (templates, probes): fusion.compare(
            embeddings[here], people[here], template_frames=templates, probe_frames=probes
        )
        for templates, probes in COUNTS
    }


def _kept(counts: tuple[int, int], fmr: float, ratios: Sequence[tuple[float, float]]) -> Kept:
    own, single = np.array(ratios).T
    low, high = np.percentile(own, (10, 90))
    return Kept(counts, fmr, float(own.mean()), float(low), float(high), float(single.mean()))
