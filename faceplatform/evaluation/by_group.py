"""Comparisons within each labelled group: no impostor would choose somebody of another one."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion
from faceplatform.evaluation.comparisons import Comparisons, Matrix, People
from faceplatform.evaluation.errors import EvaluationError

Counts = tuple[int, int]
Labels = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """Comparisons by (template frames, probe frames).

    Attributes:
        together: of everybody with everybody.
        groups: of each labelled group, by its name.
    """

    together: Mapping[Counts, Comparisons]
    groups: Mapping[str, Mapping[Counts, Comparisons]] = field(default_factory=dict)


def compare(
    embeddings: Matrix,
    people: People,
    labels: Labels | None,
    counts: Iterable[Counts],
    *,
    strict: bool = True,
) -> Tables:
    """Compare everybody, and each labelled group: see `compare_groups`."""
    wanted = sorted(set(counts) | {(1, 1)})
    groups = compare_groups(embeddings, people, labels, wanted, strict=strict)
    return Tables(_all(embeddings, people, wanted), groups)


def compare_groups(
    embeddings: Matrix,
    people: People,
    labels: Labels | None,
    counts: Iterable[Counts],
    *,
    strict: bool = True,
) -> dict[str, dict[Counts, Comparisons]]:
    """Compare the people of each labelled group among themselves.

    Args:
        labels: (samples,), the group of each sample's person, "" for none; None without groups.
        strict: False to leave out counts for which a group has too few images, and groups of one.

    Raises:
        EvaluationError: a group has too few images for some count.
    """
    wanted = sorted(set(counts) | {(1, 1)})
    groups = {}
    for name, rows in rows_of_groups(labels):
        of_group = people[rows]
        possible = wanted if strict else _possible(of_group, wanted)
        if not possible:
            continue
        try:
            groups[name] = _all(embeddings[rows], of_group, possible)
        except EvaluationError as e:
            raise EvaluationError(
                f"group {name!r}: {e}; add photographs, or leave the group of its people empty"
            ) from e
    return groups


def rows_of_groups(labels: Labels | None) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield each labelled group's name and its samples."""
    if labels is not None:
        for name in np.unique(labels[labels != ""]):
            yield str(name), np.flatnonzero(labels == name)


def _possible(people: People, counts: Iterable[Counts]) -> list[Counts]:
    """Return the counts for which two people have enough images."""
    images = np.sort(np.bincount(people))[::-1]
    most = images[1] if len(images) > 1 else 0
    return [pair for pair in counts if sum(pair) <= max(most, 2 if most else 0)]


def _all(embeddings: Matrix, people: People, counts: Iterable[Counts]) -> dict[Counts, Comparisons]:
    numbered = np.unique(people, return_inverse=True)[1].astype(np.int64)
    if len(set(numbered)) < 2:
        raise EvaluationError("fewer than two people")
    return {
        (templates, probes): fusion.compare(
            embeddings, numbered, template_frames=templates, probe_frames=probes
        )
        for templates, probes in counts
    }
