"""Comparisons of fused templates with fused probes."""

from collections.abc import Iterator
from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.comparisons import (
    Comparisons,
    Genuine,
    Matrix,
    People,
    all_against_all,
    impostors,
    per_person,
)
from faceplatform.evaluation.errors import EvaluationError

TEMPLATE_FRAMES = (1, 2, 3, 5)
PROBE_FRAMES = (1, 2, 3)

# Groups drawn per person for comparisons with strangers. Groups from a person's few images overlap:
# more of them add comparisons but hardly any information. With 20, people with many images
# outweighed all others, and the fused thresholds were wrong for the rest.
STRANGER_GROUPS = 5
# Pairs of disjoint groups drawn per person for genuine comparisons.
GENUINE_DRAWS = 30

# The counts of a calibration: the threshold of other counts would let far more strangers through.
COUNTS = tuple(product(TEMPLATE_FRAMES, PROBE_FRAMES))

Groups = tuple[NDArray[np.int64], People]


def compare(
    embeddings: Matrix, people: People, *, template_frames: int, probe_frames: int, seed: int = 0
) -> Comparisons:
    """Compare templates of n images with probes of m others, fused as `matching.fuse` does.

    Strangers: up to STRANGER_GROUPS groups of each person with enough images, all against all;
    single images all against all. Genuine: GENUINE_DRAWS draws of disjoint groups from each person
    with at least n + m images; each person counts the same.

    Raises:
        EvaluationError: fewer than two people have n + m images.
    """
    if template_frames == probe_frames == 1:
        return all_against_all(embeddings, people)
    template_rows, template_people = stranger_groups(people, template_frames, seed)
    probe_rows, probe_people = stranger_groups(people, probe_frames, seed)
    strangers = impostors(
        fuse_rows(embeddings, template_rows),
        template_people,
        fuse_rows(embeddings, probe_rows),
        probe_people,
        symmetric=template_frames == probe_frames,
    )
    rows, owners = genuine_groups(people, template_frames + probe_frames, seed)
    return Comparisons(_genuine(embeddings, rows, owners, template_frames), strangers)


def fuse_rows(embeddings: Matrix, rows: NDArray[np.int64]) -> Matrix:
    """Fuse groups as `matching.fuse` does: rows (groups, frames) to (groups, dimension)."""
    means = embeddings[rows].mean(axis=1, dtype=np.float64)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def stranger_groups(people: People, size: int, seed: int) -> Groups:
    """Draw groups for comparisons of strangers: row numbers (groups, size), and their people.

    A seed determines the groups of a size, so n against m and m against n are the same comparisons
    and have the same thresholds.
    """
    if size == 1:
        return np.arange(len(people))[:, None], people
    rng = np.random.default_rng((seed, size))
    groups, owners = [], []
    for person, rows in _rows_by_person(people, size):
        drawn = _distinct(rows, size, rng)
        groups += drawn
        owners += [person] * len(drawn)
    if len(set(owners)) < 2:
        raise EvaluationError(f"fewer than two people have {size} images")
    return np.array(groups), np.array(owners)


def genuine_groups(people: People, size: int, seed: int) -> Groups:
    """Draw GENUINE_DRAWS sequences of ``size`` different images of each person with that many."""
    rng = np.random.default_rng((seed, size))
    groups, owners = [], []
    for person, rows in _rows_by_person(people, size):
        groups += [rng.permutation(rows)[:size] for _ in range(GENUINE_DRAWS)]
        owners += [person] * GENUINE_DRAWS
    if len(set(owners)) < 2:
        raise EvaluationError(f"fewer than two people have {size} images")
    return np.array(groups), np.array(owners)


def _genuine(
    embeddings: Matrix, rows: NDArray[np.int64], owners: People, template_frames: int
) -> Genuine:
    templates = fuse_rows(embeddings, rows[:, :template_frames])
    probes = fuse_rows(embeddings, rows[:, template_frames:])
    return per_person(np.einsum("ij,ij->i", templates, probes), owners)


def _rows_by_person(people: People, at_least: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    order = np.argsort(people, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(people[order])) + 1):
        if len(rows) >= at_least:
            yield int(people[rows[0]]), rows


def _distinct(
    rows: NDArray[np.int64], size: int, rng: np.random.Generator
) -> list[tuple[int, ...]]:
    """Return all groups if there are few, else STRANGER_GROUPS different ones."""
    if comb(len(rows), size) <= STRANGER_GROUPS:
        return list(combinations(rows.tolist(), size))
    drawn: set[tuple[int, ...]] = set()
    while len(drawn) < STRANGER_GROUPS:
        drawn.add(tuple(sorted(rng.choice(rows, size, replace=False).tolist())))
    return sorted(drawn)
