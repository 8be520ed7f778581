"""The share of strangers that sessions let in, beside that of each of their looks.

A session looks after its first, second, ... frame. Each look gets the threshold at which it alone
lets in the same share of strangers, and the sequences that match at any look are counted.
"""

from typing import Any

import numpy as np

from faceplatform.evaluation.by_group import Labels, rows_of_groups
from faceplatform.evaluation.comparisons import Matrix, People
from faceplatform.evaluation.looks import Strangers, of_strangers
from faceplatform.evaluation.tail import FMRS, LEAST_CONFUSED

LOOKS = (2, 3)
TEMPLATE_FRAMES = (1, 3, 5)


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
                    of_strangers(
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


def _excesses(strangers: Strangers) -> dict[float, float]:
    """Return how many times a look's rate a session has, by the rate of a look, where measured."""
    looks, people = strangers.cosines[:, strangers.apart], strangers.pairs
    count = looks.shape[1]
    # Sorting is most of the work, and no threshold lies below these.
    most = int(FMRS[0] * count) + 1
    ordered = np.sort(np.partition(looks, count - most)[:, count - most :])[:, ::-1]
    found: dict[float, float] = {}
    for fmr in FMRS:
        allowed = int(fmr * count)
        if allowed < LEAST_CONFUSED:
            break
        matched = (looks > ordered[:, allowed, None]).any(axis=0)
        pairs = np.unique(np.sort(people[matched], axis=1), axis=0)
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
