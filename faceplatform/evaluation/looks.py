"""Cosines after each look of a session, of strangers and of people with themselves.

A session looks after its first, second, ... frame, at the mean of the frames so far.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion
from faceplatform.evaluation.comparisons import Matrix, People

Cosines = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Strangers:
    """Every template against the frames of everybody.

    Attributes:
        cosines: float32, (looks, templates, probes).
        owners: int64, (templates,), the person of each.
        others: int64, (probes,), the person of each.
    """

    cosines: Cosines
    owners: People
    others: People

    @property
    def apart(self) -> NDArray[np.bool_]:
        """(templates, probes), False for people with themselves."""
        return np.asarray(self.owners[:, None] != self.others[None, :])

    @property
    def pairs(self) -> NDArray[np.int64]:
        """(sequences, 2), the two people of each sequence of different people."""
        rows, columns = np.nonzero(self.apart)
        return np.stack([self.owners[rows], self.others[columns]], axis=1)


def of_strangers(
    embeddings: Matrix, people: People, *, template_frames: int, looks: int
) -> Strangers:
    """Compare every template with every sequence of frames.

    Raises:
        EvaluationError: too few people have so many images.
    """
    return compare(
        embeddings,
        fusion.stranger_groups(people, template_frames, 0),
        fusion.stranger_groups(people, looks, 1),
    )


def compare(embeddings: Matrix, templates: fusion.Groups, probes: fusion.Groups) -> Strangers:
    """Do the same for groups of images that are given."""
    (enrolled, owners), (shown, others) = templates, probes
    fused = fusion.fuse_rows(embeddings, enrolled)
    cosines = [
        fused @ fusion.fuse_rows(embeddings, shown[:, :count]).T
        for count in range(1, shown.shape[1] + 1)
    ]
    return Strangers(np.stack(cosines), owners, others)


def of_people(
    embeddings: Matrix, people: People, *, template_frames: int, looks: int
) -> tuple[Cosines, People]:
    """Compare people with themselves, equally many times each.

    Returns:
        Cosines, (looks, sequences), and the person of each sequence.

    Raises:
        EvaluationError: too few people have so many images.
    """
    rows, owners = fusion.genuine_groups(people, template_frames + looks, 0)
    templates = fusion.fuse_rows(embeddings, rows[:, :template_frames])
    shown = rows[:, template_frames:]
    cosines = [
        np.einsum("ij,ij->i", templates, fusion.fuse_rows(embeddings, shown[:, :count]))
        for count in range(1, looks + 1)
    ]
    return np.stack(cosines), owners
