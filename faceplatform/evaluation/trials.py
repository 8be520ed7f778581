"""Ways in which the product compares, each with its rates at the thresholds of a calibration."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import looks
from faceplatform.evaluation.comparisons import Matrix, People
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.fusion import STRANGER_GROUPS
from faceplatform.matching.calibration import Calibration

Thresholds = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of comparing.

    Attributes:
        template_frames: frames of each template.
        probe_frames: frames of the probe at each look; a single look is a comparison by itself.
        gallery: the number of templates that are searched; 1 in a verification.
    """

    template_frames: int
    probe_frames: tuple[int, ...]
    gallery: int = 1

    @property
    def name(self) -> str:
        if self.gallery > 1:
            return f"identification among {self.gallery}, templates of {self.template_frames}"
        if len(self.probe_frames) > 1:
            return f"verification, template of {self.template_frames}"
        return f"{self.template_frames} v {self.probe_frames[0]}"

    def thresholds(self, calibration: Calibration, fmr: float) -> Thresholds:
        """Return the least cosine of a match at each look, as the product sets it."""
        each = [
            calibration.threshold(
                fmr,
                template_frames=self.template_frames,
                probe_frames=frames,
                comparisons=self.gallery,
                looks=len(self.probe_frames),
            )
            for frames in self.probe_frames
        ]
        return np.array(each, dtype=np.float32)


_SINGLE = (Trial(1, (1,)), Trial(3, (1,)), Trial(3, (3,)))
_SESSIONS = tuple(
    Trial(templates, (1, 2, 3), gallery) for gallery in (1, 20) for templates in (1, 3)
)
TRIALS = (*_SINGLE, *_SESSIONS)


class Trials:
    """The comparisons of one trial among some people, to be counted at any thresholds.

    Raises:
        EvaluationError: too few people have so many images, or there are too few for the gallery.
    """

    def __init__(self, trial: Trial, embeddings: Matrix, people: People) -> None:
        size = {"template_frames": trial.template_frames, "looks": trial.probe_frames[-1]}
        shown = np.array(trial.probe_frames) - 1
        strangers = looks.of_strangers(embeddings, people, **size)
        cosines, self._genuine_people = looks.of_people(embeddings, people, **size)
        self._trial = trial
        self._genuine = cosines[shown]
        self._strangers = strangers.cosines[shown]
        self._apart, self._owners = strangers.apart, strangers.owners
        if trial.gallery >= len(np.unique(self._owners)):
            raise EvaluationError(f"too few people for a gallery of {trial.gallery}")

    def strangers_let_in(self, thresholds: Thresholds) -> float:
        """Return the share of strangers' trials that match at any look."""
        matched = (self._strangers >= thresholds[:, None, None]).any(axis=0) & self._apart
        if self._trial.gallery == 1:
            return float(matched.sum() / self._apart.sum())
        return _searches_that_find(matched, self._owners, self._trial.gallery)

    def missed(self, thresholds: Thresholds) -> NDArray[np.float64]:
        """Return the share of each person's own trials that have not matched by each look.

        Returns:
            (looks, people).
        """
        missed = ~np.logical_or.accumulate(self._genuine >= thresholds[:, None])
        of = np.bincount(self._genuine_people)
        shares = [np.bincount(self._genuine_people, weights=each) for each in missed]
        return np.stack(shares)[:, of > 0] / of[of > 0]


def pairs_of(people: People, trial: Trial) -> int:
    """Return the number of pairs of people that a trial can compare, one of them enrolled."""
    images = np.bincount(people)
    enrolled, shown = trial.template_frames, trial.probe_frames[-1]
    both = int((images >= max(enrolled, shown)).sum())
    either = int((images >= min(enrolled, shown)).sum())
    return both * (both - 1) // 2 + both * (either - both)


def _searches_that_find(matched: NDArray[np.bool_], owners: People, gallery: int) -> float:
    """Return the share of searches that find anybody in galleries of so many others.

    Galleries are drawn at random: the share follows from the number of others that match. Each of
    a person's templates is enrolled in turn.

    Args:
        matched: (templates, searches), False for people with themselves.
        owners: (templates,), the person of each template.
    """
    order = np.argsort(owners, kind="stable")
    _, first, templates = np.unique(owners[order], return_index=True, return_counts=True)
    others = len(first) - 1
    shares = []
    for turn in range(STRANGER_GROUPS):
        enrolled = order[first + turn % templates]
        found = matched[enrolled].sum(axis=0)
        drawn = np.arange(gallery)
        none = np.clip((others - found[:, None] - drawn) / (others - drawn), 0, 1).prod(axis=1)
        shares.append(1 - none.mean())
    return float(np.mean(shares))
