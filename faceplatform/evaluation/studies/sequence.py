"""Error rates of an authentication as a whole, which looks after one, two and three frames.

It ends with a match as soon as the frames so far reach the threshold for their number, and without
one after the last frame. Each look is another chance for a stranger, but not an independent one:
looks share frames.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import fusion
from faceplatform.evaluation.comparisons import People
from faceplatform.evaluation.studies.holdout import calibration_of

TEMPLATE_FRAMES = 3
PROBE_FRAMES = 3
FMRS = (1e-2, 1e-3, 1e-4)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Authentications against a template of three frames, with up to three probe frames.

    Attributes:
        promised: the false match rate of the policy.
        shared: True if each look has the threshold of that rate divided by the number of looks.
        strangers: share of strangers' authentications that match at any look.
        missed: share of genuine ones that match at no look.
        at_once: share of genuine ones that match at the first frame.
        frames: mean number of frames of the genuine ones.
    """

    promised: float
    shared: bool
    strangers: float
    missed: float
    at_once: float
    frames: float


def check(embeddings: NDArray[np.float32], people: People) -> list[Outcome]:
    """Check authentications with thresholds from the same people; for others see `holdout`."""
    counts = [(TEMPLATE_FRAMES, probes) for probes in range(1, PROBE_FRAMES + 1)]
    calibration = calibration_of(
        {
            (t, p): fusion.compare(embeddings, people, template_frames=t, probe_frames=p)
            for t, p in ((1, 1), *counts)
        }
    )
    strangers = _strangers(embeddings, people)
    genuine = _genuine(embeddings, people)
    found = []
    for shared, fmr in product((False, True), FMRS):
        each = fmr / PROBE_FRAMES if shared else fmr
        thresholds = np.array(
            [calibration.threshold(each, template_frames=t, probe_frames=p) for t, p in counts]
        )
        matches = genuine >= thresholds
        ended = np.where(matches.any(axis=1), matches.argmax(axis=1), PROBE_FRAMES - 1) + 1
        found.append(
            Outcome(
                promised=fmr,
                shared=shared,
                strangers=float((strangers >= thresholds).any(axis=1).mean()),
                missed=float((~matches.any(axis=1)).mean()),
                at_once=float(matches[:, 0].mean()),
                frames=float(ended.mean()),
            )
        )
    return found


def _strangers(embeddings: NDArray[np.float32], people: People) -> NDArray[np.float32]:
    """Return cosines after each frame: (authentications by strangers, PROBE_FRAMES)."""
    templates, owners = fusion.stranger_groups(people, TEMPLATE_FRAMES, 0)
    probes, others = fusion.stranger_groups(people, PROBE_FRAMES, 1)
    apart = owners[:, None] != others[None, :]
    fused = fusion.fuse_rows(embeddings, templates)
    looks = [
        (fused @ fusion.fuse_rows(embeddings, probes[:, :count]).T)[apart]
        for count in range(1, PROBE_FRAMES + 1)
    ]
    return np.stack(looks, axis=1)


def _genuine(embeddings: NDArray[np.float32], people: People) -> NDArray[np.float32]:
    """Return the same for genuine authentications, equally many of each person."""
    rows, _ = fusion.genuine_groups(people, TEMPLATE_FRAMES + PROBE_FRAMES, 0)
    fused = fusion.fuse_rows(embeddings, rows[:, :TEMPLATE_FRAMES])
    looks = [
        np.einsum(
            "ij,ij->i",
            fused,
            fusion.fuse_rows(embeddings, rows[:, TEMPLATE_FRAMES : TEMPLATE_FRAMES + count]),
        )
        for count in range(1, PROBE_FRAMES + 1)
    ]
    return np.stack(looks, axis=1)
