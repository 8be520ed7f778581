"""Check of the promise of a search: that a stranger is found with the chosen probability.

The threshold of a search among N templates is that of FMR / N (`matching.Calibration.threshold`).
A false positive identification is a search by a stranger that finds anyone (FPIR, ISO/IEC 19795-1).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion
from faceplatform.evaluation.comparisons import People
from faceplatform.evaluation.studies.holdout import calibration_of

GALLERIES = (100, 400, 800)
FMRS = (1e-1, 1e-2, 1e-3)
_DRAWS = 10


@dataclass(frozen=True, slots=True)
class Found:
    """Searches by strangers, one frame against templates of one frame.

    Attributes:
        promised: the share of searches that may find anyone.
        fpir: the actual share.
        unscaled: the share with the threshold of a single comparison.
    """

    gallery: int
    promised: float
    fpir: float
    unscaled: float
    searches: int


def check(embeddings: NDArray[np.float32], people: People) -> list[Found]:
    """Check galleries with one template each of N people, drawn at random for every search.

    Thresholds are made from the same people: with 800 of 844 none would be left to hold out. For
    the effect of that see `holdout`.
    """
    comparisons = fusion.compare(embeddings, people, template_frames=1, probe_frames=1)
    calibration = calibration_of({(1, 1): comparisons})
    sizes = [size for size in GALLERIES if size < len(np.unique(people))]
    found = []
    for size in sizes:
        best = _best_strangers(embeddings, people, size)
        for fmr in FMRS:
            scaled, single = (
                calibration.threshold(fmr, template_frames=1, probe_frames=1, comparisons=n)
                for n in (size, 1)
            )
            found.append(
                Found(
                    gallery=size,
                    promised=fmr,
                    fpir=float((best >= scaled).mean()),
                    unscaled=float((best >= single).mean()),
                    searches=len(best),
                )
            )
    return found


def _best_strangers(
    embeddings: NDArray[np.float32], people: People, size: int
) -> NDArray[np.float32]:
    """Return the best cosine of each image among ``size`` other people, _DRAWS times."""
    rng = np.random.default_rng(size)
    rows_of = _rows_by_person(people)
    best = []
    for _ in range(_DRAWS):
        templates = np.array([rng.choice(rows) for rows in rows_of])
        scores = embeddings @ embeddings[templates].T
        scores[np.arange(len(people)), people] = -2
        # A random subset of the others for every search: those with the least random keys, own
        # last.
        keys = rng.random(scores.shape, dtype=np.float32)
        keys[np.arange(len(people)), people] = 2
        chosen = np.argpartition(keys, size - 1, axis=1)[:, :size]
        best.append(np.take_along_axis(scores, chosen, axis=1).max(axis=1))
    return np.concatenate(best)


def _rows_by_person(people: People) -> Sequence[NDArray[np.int64]]:
    return [np.flatnonzero(people == person) for person in range(int(people.max()) + 1)]
