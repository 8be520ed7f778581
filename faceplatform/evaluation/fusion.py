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

# Groups drawn of one person for the comparisons with strangers. Groups of one person's few
# pictures overlap: more of them add comparisons, and hardly any knowledge. With 20, people with
# many pictures outweighed all others and the fused thresholds came out wrong for the rest.
STRANGER_GROUPS = 5
# Pairs of disjoint groups drawn of each person for the genuine comparisons.
GENUINE_DRAWS = 30

# What a calibration holds: a threshold of other counts would let far more strangers through.
COUNTS = tuple(product(TEMPLATE_FRAMES, PROBE_FRAMES))

Groups = tuple[NDArray[np.int64], People]


def compare(
    embeddings: Matrix, people: People, *, template_frames: int, probe_frames: int, seed: int = 0
) -> Comparisons:
    """Templates of n pictures with probes of m others, fused as `matching.fuse` does.

    Strangers: up to STRANGER_GROUPS groups of each person that has enough pictures, all against
    all; of single pictures, all of them. Genuine: from each person with n + m pictures or more,
    GENUINE_DRAWS draws of disjoint groups; each person counts the same.

    Raises:
        EvaluationError: fewer than two people have n + m pictures.
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
    """`matching.fuse` of many groups: (groups, dimension) from row numbers (groups, frames)."""
    means = embeddings[rows].mean(axis=1, dtype=np.float64)
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), dtype=np.float32)


def stranger_groups(people: People, size: int, seed: int) -> Groups:
    """Row numbers (groups, size) and the person of each group.

    One seed gives the same groups of a size wherever they stand: n v m and m v n are then the
    same comparisons, and have the same thresholds.
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
        raise EvaluationError(f"fewer than two people have {size} pictures")
    return np.array(groups), np.array(owners)


def genuine_groups(people: People, size: int, seed: int) -> Groups:
    """GENUINE_DRAWS random orders of ``size`` different pictures of each person that has them."""
    rng = np.random.default_rng((seed, size))
    groups, owners = [], []
    for person, rows in _rows_by_person(people, size):
        groups += [rng.permutation(rows)[:size] for _ in range(GENUINE_DRAWS)]
        owners += [person] * GENUINE_DRAWS
    if len(set(owners)) < 2:
        raise EvaluationError(f"fewer than two people have {size} pictures")
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
    """All groups where they are few, else STRANGER_GROUPS different ones."""
    if comb(len(rows), size) <= STRANGER_GROUPS:
        return list(combinations(rows.tolist(), size))
    drawn: set[tuple[int, ...]] = set()
    while len(drawn) < STRANGER_GROUPS:
        drawn.add(tuple(sorted(rng.choice(rows, size, replace=False).tolist())))
    return sorted(drawn)
