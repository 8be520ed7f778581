"""Scores of genuine comparisons and of strangers (impostors)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]
People = NDArray[np.int64]

# The share of strangers' comparisons kept together with their people: thresholds are sought among
# them, up to a false match rate of 0.1.
TAIL_SHARE = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Genuine:
    """Comparisons of people with themselves.

    Attributes:
        scores: float32, (n,), cosines.
        people: int64, (n,).
        weights: float64, (n,), sum 1.
    """

    scores: NDArray[np.float32]
    people: People
    weights: NDArray[np.float64]

    @property
    def people_count(self) -> int:
        return len(np.unique(self.people))


@dataclass(frozen=True, slots=True, eq=False)
class Impostors:
    """Comparisons of strangers.

    Attributes:
        scores: float32, (n,), cosines, falling.
        tail: int64, (t, 2): the two people of each of the first t comparisons.
        template_counts, probe_counts: int64, (people,): templates and probes of each person.
        symmetric: True if templates and probes are the same and each pair was compared once.
    """

    scores: NDArray[np.float32]
    tail: NDArray[np.int64]
    template_counts: NDArray[np.int64]
    probe_counts: NDArray[np.int64]
    symmetric: bool


@dataclass(frozen=True, slots=True, eq=False)
class Comparisons:
    genuine: Genuine
    impostors: Impostors


def all_against_all(embeddings: Matrix, people: People) -> Comparisons:
    """Compare every image with every other one, once. In `genuine` each person counts the same."""
    rows, columns = np.triu_indices(len(people), k=1)
    same = people[rows] == people[columns]
    scores = np.einsum("ij,ij->i", embeddings[rows[same]], embeddings[columns[same]])
    genuine = per_person(scores, people[rows[same]])
    return Comparisons(genuine, impostors(embeddings, people, embeddings, people, symmetric=True))


def per_person(scores: NDArray[np.float32], people: People) -> Genuine:
    """Weight genuine comparisons so that each person counts the same, with any number of images."""
    counts = np.bincount(people)
    weights = 1 / counts[people] / np.count_nonzero(counts)
    return Genuine(scores.astype(np.float32), people, weights)


def impostors(
    templates: Matrix,
    template_people: People,
    probes: Matrix,
    probe_people: People,
    *,
    symmetric: bool = False,
) -> Impostors:
    """Compare every template with every probe of another person.

    Takes 4 bytes per comparison, temporarily three times as many.

    Args:
        templates, probes: (n, dimension) and (m, dimension), rows L2-normalised.
        symmetric: templates and probes are the same; each pair is compared once.
    """
    return impostors_from(templates @ probes.T, template_people, probe_people, symmetric=symmetric)


def impostors_from(
    scores: Matrix, template_people: People, probe_people: People, *, symmetric: bool = False
) -> Impostors:
    """Do the same for given scores, (templates, probes)."""
    strangers = template_people[:, None] != probe_people[None, :]
    if symmetric:
        strangers &= np.triu(np.ones_like(strangers), k=1)
    ordered = np.sort(scores[strangers])[::-1]
    length = max(int(len(ordered) * TAIL_SHARE), min(len(ordered), 1000))
    rows, columns = np.nonzero(strangers & (scores >= ordered[length - 1]))
    order = np.argsort(-scores[rows, columns], kind="stable")[:length]
    people = int(max(template_people.max(), probe_people.max())) + 1
    return Impostors(
        scores=ordered,
        tail=np.column_stack([template_people[rows[order]], probe_people[columns[order]]]),
        template_counts=np.bincount(template_people, minlength=people),
        probe_counts=np.bincount(probe_people, minlength=people),
        symmetric=symmetric,
    )
