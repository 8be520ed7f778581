"""Promises checked on people who were not among those of the calibration, group by group.

People are split at random into halves, within each group. One half gives thresholds and rates of
sessions, by the functions that `manage.py evaluate --calibrate` uses; in the other half, strangers
of the same group are counted, and people who are missed. Then the halves are swapped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import by_group, calibration_file, session_points
from faceplatform.evaluation.by_group import Labels, rows_of_groups
from faceplatform.evaluation.comparisons import Matrix, People
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.trials import TRIALS, Trial, Trials, pairs_of
from faceplatform.matching.calibration import Calibration, OperatingPoint
from faceplatform.matching.session_rates import read_session_rates

FMRS = (1e-2, 1e-3, 1e-4)
DRAWS = 10
# Of the report with a new calibration, which waits for it.
DRAWS_OF_REPORT = 3
# Without a match in N independent comparisons, the rate is at most 3 / N (95 %, ISO/IEC 19795-1).
_RULE_OF_THREE = 3

# All up to the largest of TRIALS: a threshold is no lower than those of fewer frames.
_COUNTS = tuple(product((1, 2, 3), (1, 2, 3)))

Rows = NDArray[np.int64]
Halves = tuple[Rows, Rows]
# Of one half: the share of strangers let in, and those of people missed by each look.
Rates = tuple[float, ...]
# A group, what is compared in it, and the promised rate.
_Case = tuple[str, Trial, float]


@dataclass(frozen=True, slots=True)
class Spread:
    """The mean over halves, and their 10th and 90th percentile."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Kept:
    """A promised false match rate beside the actual one, among people held out.

    Attributes:
        group: its name, "" for everybody.
        fmr: the share of strangers' trials that match.
        missed: the share of people's own trials that have not matched by each look; each person
            counts the same.
        pairs: pairs of people that would match if the promise were just kept.
    """

    group: str
    trial: Trial
    promised: float
    fmr: Spread
    missed: tuple[Spread, ...]
    pairs: float

    @property
    def inside(self) -> bool:
        return self.fmr.mean <= self.promised

    @property
    def telling(self) -> bool:
        """True if there are enough people to tell a rate above the promise from none at all."""
        return self.pairs >= _RULE_OF_THREE

    @property
    def broken(self) -> bool:
        return self.telling and not self.inside


def check(
    embeddings: Matrix,
    people: People,
    labels: Labels | None,
    halves: Iterable[Halves],
    *,
    grouped: bool = True,
    trials: Sequence[Trial] = TRIALS,
    strict: bool = True,
) -> list[Kept]:
    """Check each trial and false match rate, in each group.

    Args:
        labels: (samples,), see `by_group.compare`; None to compare everybody with everybody.
        halves: of `split`, perhaps in a progress bar; each gives a calibration.
        grouped: False to make thresholds of everybody with everybody, as if nobody had a group.
        strict: False to leave out the trials of a group that any half of it is too small for.

    Raises:
        EvaluationError: half of the people, or of a group, are too few.
    """
    if labels is not None and not (labels != "").any():
        labels = None
    by_half: list[dict[_Case, Rates]] = []
    for own, held_out in halves:
        of_own = None if labels is None or not grouped else labels[own]
        calibration = calibrate(embeddings[own], people[own], of_own)
        by_half.append({})
        for group, rows in _groups(labels, held_out):
            for trial in trials:
                try:
                    counted = Trials(trial, embeddings[rows], people[rows])
                except EvaluationError:
                    if strict:
                        raise
                    continue
                by_half[-1].update(_rates(group, trial, counted, calibration))
    pairs = {
        (group, trial): pairs_of(people[rows], trial) / trial.gallery
        for group, rows in _groups(labels, np.arange(len(people)))
        for trial in trials
    }
    return [
        _kept(group, trial, fmr, [each[group, trial, fmr] for each in by_half], pairs[group, trial])
        for group, trial, fmr in by_half[0]
        if all((group, trial, fmr) in each for each in by_half)
    ]


def _rates(
    group: str, trial: Trial, counted: Trials, calibration: Calibration
) -> Iterator[tuple[_Case, Rates]]:
    for fmr in FMRS:
        thresholds = trial.thresholds(calibration, fmr)
        missed = counted.missed(thresholds).mean(axis=1)
        yield (group, trial, fmr), (counted.strangers_let_in(thresholds), *missed)


def calibrate(embeddings: Matrix, people: People, labels: Labels | None) -> Calibration:
    """Return the calibration that `manage.py evaluate --calibrate` would write, up to 3 v 3 frames.

    Raises:
        EvaluationError: too few images of a person, or too few people in a group.
    """
    points = calibration_file.all_points(by_group.compare(embeddings, people, labels, _COUNTS))
    return Calibration(
        model="",
        source="",
        points={
            counts: tuple(OperatingPoint(p["fmr"], p["cosine"], p["measured"]) for p in each)
            for counts, each in points.items()
        },
        sessions=read_session_rates(session_points.measure(embeddings, people, labels)),
    )


def split(people: People, labels: Labels | None, draws: int = DRAWS) -> list[Halves]:
    """Split the people so often into halves, which halve each group, either one first.

    Returns:
        The samples of both halves, 2 * draws times; the same in each run.
    """
    found: list[Halves] = []
    groups = np.full(len(people), "") if labels is None else labels
    for draw in range(draws):
        rng = np.random.default_rng(draw)
        first = np.zeros(len(people), dtype=bool)
        for group in np.unique(groups):
            names = np.unique(people[groups == group])
            first |= np.isin(people, rng.permutation(names)[: len(names) // 2])
        halves = np.flatnonzero(first), np.flatnonzero(~first)
        found += [halves, halves[::-1]]
    return found


def _groups(labels: Labels | None, samples: Rows) -> Iterator[tuple[str, Rows]]:
    """Yield each group and those of the samples that are of it; everybody if there are none."""
    if labels is None:
        yield "", samples
        return
    for group, rows in rows_of_groups(labels[samples]):
        yield group, samples[rows]


def _kept(group: str, trial: Trial, promised: float, rates: Sequence[Rates], pairs: float) -> Kept:
    let_in, *missed = map(_spread, zip(*rates, strict=True))
    return Kept(group, trial, promised, let_in, tuple(missed), promised * pairs)


def _spread(rates: Sequence[float]) -> Spread:
    low, high = np.percentile(rates, (10, 90))
    return Spread(float(np.mean(rates)), float(low), float(high))
