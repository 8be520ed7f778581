"""The share of strangers that sessions let in, beside that of each of their looks.

A session looks after its first, second, ... frame. Each look gets the threshold at which it alone
lets in the same share of strangers, and the sequences that match at any look are counted.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion
from faceplatform.evaluation.by_group import Labels, rows_of_groups
from faceplatform.evaluation.comparisons import Matrix, People
from faceplatform.evaluation.tail import FMRS, LEAST_CONFUSED

LOOKS = (2, 3)
TEMPLATE_FRAMES = (1, 3, 5)


@dataclass(frozen=True, slots=True, eq=False)
class Sequences:
    """Sessions of strangers.

    Attributes:
        looks: float32, (sequences, looks), the cosine at each look.
        pairs: int64, (sequences, 2), the two people of each.
    """

    looks: NDArray[np.float32]
    pairs: NDArray[np.int64]


def strangers(embeddings: Matrix, people: People, *, template_frames: int, looks: int) -> Sequences:
    """Compare every template with every stranger's frames, as a session does.

    Raises:
        EvaluationError: too few people have so many images.
    """
    templates, owners = fusion.stranger_groups(people, template_frames, 0)
    probes, others = fusion.stranger_groups(people, looks, 1)
    apart = owners[:, None] != others[None, :]
    fused = fusion.fuse_rows(embeddings, templates)
    cosines = [
        (fused @ fusion.fuse_rows(embeddings, probes[:, :count]).T)[apart]
        for count in range(1, looks + 1)
    ]
    rows, columns = np.nonzero(apart)
    return Sequences(np.stack(cosines, axis=1), np.stack([owners[rows], others[columns]], axis=1))


def measure(embeddings: Matrix, people: People, labels: Labels | None) -> list[dict[str, Any]]:
    """Return the points of sessions, as `matching.session_rates` reads them.

    The group that its looks add up most for decides. Where a group has too few false matches the
    rates of the looks are added up (union bound).

    Args:
        labels: (samples,), see `by_group.compare`.
    """
    everybody = ("", np.arange(len(people)))
    groups = list(rows_of_groups(labels)) or [everybody]
    found = []
    for looks in LOOKS:
        for template_frames in TEMPLATE_FRAMES:
            each = [
                _excesses(
                    strangers(
                        embeddings[rows],
                        people[rows],
                        template_frames=template_frames,
                        looks=looks,
                    )
                )
                for _, rows in groups
            ]
            points = _points(each, looks)
            found.append({"looks": looks, "template_frames": template_frames, "points": points})
    return found


def _excesses(sequences: Sequences) -> dict[float, float]:
    """Return how many times a look's rate a session has, by the rate of a look, where measured."""
    count = len(sequences.looks)
    ordered = np.sort(sequences.looks, axis=0)[::-1]
    found: dict[float, float] = {}
    for fmr in FMRS:
        allowed = int(fmr * count)
        if allowed < LEAST_CONFUSED:
            break
        matched = (sequences.looks > ordered[allowed]).any(axis=1)
        pairs = np.unique(np.sort(sequences.pairs[matched], axis=1), axis=0)
        if len(pairs) < LEAST_CONFUSED:
            break
        found[fmr] = float(matched.mean()) / fmr
    return found


def _points(groups: list[dict[float, float]], looks: int) -> list[dict[str, Any]]:
    rows, highest = [], 1.0
    for fmr in FMRS:
        measured = all(fmr in each for each in groups)
        worst = max(each[fmr] for each in groups) if measured else float(looks)
        highest = min(max(highest, worst), looks)
        rows.append({"fmr": float(f"{highest * fmr:.4g}"), "look_fmr": fmr, "measured": measured})
    return rows
