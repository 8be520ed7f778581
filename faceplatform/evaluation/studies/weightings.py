"""Comparison of ways of fusing frames: FNMR at the same false match rate.

With groups, strangers are of the same group, and the threshold is the one that keeps the rate in
each of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.types import Quality
from faceplatform.evaluation import fusion, metrics
from faceplatform.evaluation.by_group import Labels, rows_of_groups
from faceplatform.evaluation.comparisons import (
    Genuine,
    Impostors,
    People,
    impostors_from,
    per_person,
)

COUNTS = ((3, 1), (3, 3))
FMRS = (1e-2, 1e-3, 1e-4)
_DRAWS = 2000

Rows = NDArray[np.int64]
# Row numbers of templates (n, frames) and probes (m, frames) -> float32 scores, (n, m).
Matrices = Callable[[Rows, Rows], NDArray[np.float32]]


# Comparisons of people with themselves, and those of strangers in each group.
Compared = tuple[Genuine, list[Impostors]]


@dataclass(frozen=True, slots=True)
class Result:
    """A way of fusing against the plain mean.

    Attributes:
        fnmr: by FMRS.
        gain: FNMR of the plain mean minus that of this way: positive if it misses fewer.
        gain_interval: 95 %, with the same people drawn for both ways.
    """

    way: str
    counts: tuple[int, int]
    fnmr: tuple[float, ...]
    gain: tuple[float, ...]
    gain_interval: tuple[tuple[float, float], ...]


def compare(
    embeddings: NDArray[np.float32],
    people: People,
    qualities: Sequence[Quality],
    *,
    labels: Labels | None = None,
    toggled: NDArray[np.float32] | None,
    mirrored: bool,
) -> list[Result]:
    """Compare all ways, the plain mean first.

    Args:
        embeddings: float32, (samples, dimension), as the product makes them.
        labels: (samples,), see `by_group.compare`; None to compare everybody with everybody.
        toggled: the same with the opposite choice about averaging the mirrored chip; None if the
            model has no such choice.
        mirrored: True if ``embeddings`` average the mirrored chip.
    """
    ways = _ways(embeddings, qualities)
    if toggled is not None:
        name = "mean, mirrored chip not averaged" if mirrored else "mean, mirrored chip averaged"
        ways[name] = _of_means(toggled, np.ones(len(people)))
    results = []
    for counts in COUNTS:
        found = {name: _comparisons(way, people, labels, counts) for name, way in ways.items()}
        plain = next(iter(found.values()))
        results += [_result(name, counts, each, plain) for name, each in found.items()]
    return results


def _ways(embeddings: NDArray[np.float32], qualities: Sequence[Quality]) -> dict[str, Matrices]:
    sharpness = np.array([quality.sharpness for quality in qualities])
    unified = np.array([quality.unified for quality in qualities])
    return {
        "mean": _of_means(embeddings, np.ones(len(embeddings))),
        "mean weighted by sharpness": _of_means(embeddings, sharpness + 0.01),
        "mean weighted by quality": _of_means(embeddings, unified + 0.01),
        "mean weighted by quality squared": _of_means(embeddings, unified**2 + 0.01),
        "mean of scores": _of_scores(embeddings, np.add, divide=True),
        "highest score": _of_scores(embeddings, np.maximum, divide=False),
    }


def _of_means(embeddings: NDArray[np.float32], weights: NDArray[np.float64]) -> Matrices:
    def fuse(rows: Rows) -> NDArray[np.float32]:
        sums = np.einsum("gf,gfd->gd", weights[rows], embeddings[rows])
        fused = sums / np.linalg.norm(sums, axis=1, keepdims=True)
        return np.asarray(fused, dtype=np.float32)

    def scores(templates: Rows, probes: Rows) -> NDArray[np.float32]:
        return np.asarray(fuse(templates) @ fuse(probes).T)

    return scores


def _of_scores(embeddings: NDArray[np.float32], combine: np.ufunc, *, divide: bool) -> Matrices:
    def scores(templates: Rows, probes: Rows) -> NDArray[np.float32]:
        total: NDArray[np.float32] | None = None
        for template in templates.T:
            for probe in probes.T:
                each = embeddings[template] @ embeddings[probe].T
                total = each if total is None else combine(total, each)
        count = templates.shape[1] * probes.shape[1] if divide else 1
        return np.asarray(total, dtype=np.float32) / np.float32(count)

    return scores


def _comparisons(
    way: Matrices, people: People, labels: Labels | None, counts: tuple[int, int]
) -> Compared:
    """Compare as `fusion.compare` does, with the same groups for every way of fusing."""
    templates, probes = counts
    groups = [rows for _, rows in rows_of_groups(labels)] or [np.arange(len(people))]
    rows, owners = fusion.genuine_groups(people, templates + probes, 0)
    genuine = [
        way(rows[here, :templates], rows[here, templates:]).diagonal()
        for here in (owners == owner for owner in np.unique(owners))
    ]
    order = np.argsort(owners, kind="stable")
    return (
        per_person(np.concatenate(genuine), owners[order]),
        [_strangers(way, people, of, counts) for of in groups],
    )


def _strangers(way: Matrices, people: People, of: Rows, counts: tuple[int, int]) -> Impostors:
    """Compare the strangers among some of the samples."""
    templates, probes = counts
    rows_a, people_a = fusion.stranger_groups(people[of], templates, 0)
    rows_b, people_b = fusion.stranger_groups(people[of], probes, 0)
    return impostors_from(
        way(of[rows_a], of[rows_b]), people_a, people_b, symmetric=templates == probes
    )


def _result(name: str, counts: tuple[int, int], way: Compared, plain: Compared) -> Result:
    mine, base = _misses(way), _misses(plain)
    gains = base - mine
    rng = np.random.default_rng(0)
    draws = rng.integers(0, gains.shape[1], size=(_DRAWS, gains.shape[1]))
    low, high = np.percentile(gains[:, draws].mean(axis=2), (2.5, 97.5), axis=1)
    return Result(
        way=name,
        counts=counts,
        fnmr=tuple(map(float, mine.mean(axis=1))),
        gain=tuple(map(float, gains.mean(axis=1))),
        gain_interval=tuple((float(a), float(b)) for a, b in zip(low, high, strict=True)),
    )


def _misses(compared: Compared) -> NDArray[np.float64]:
    """Return FNMR of each person at each of FMRS: (fmrs, people)."""
    return np.array([_misses_at(*compared, f) for f in FMRS])


def _misses_at(genuine: Genuine, strangers: list[Impostors], fmr: float) -> NDArray[np.float64]:
    threshold = max(metrics.threshold_at(impostors, fmr) for impostors in strangers)
    missed = genuine.scores < np.float32(threshold)
    _, person = np.unique(genuine.people, return_inverse=True)
    return np.asarray(np.bincount(person, weights=missed) / np.bincount(person))
