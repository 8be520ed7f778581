"""Refused frames and missed comparisons by group, with 95 % intervals over people."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.shares import Share, mean_of_people

ACCEPTED = "accepted"
FIFTHS = ("darkest fifth", "lightest fifth")
# No labelled group may be refused more often than another by this factor.
MOST_TIMES = 2.0
_DRAWS = 20_000

# The photographs of each group: person and name.
Groups = dict[str, set[tuple[str, str]]]
Rates = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One photograph under one condition.

    Attributes:
        reason: of the refusal, or `accepted`.
        embedding: None without one face that the mesh confirms.
        luminance: median of the face, 0..255; nan without a face.
    """

    person: str
    name: str
    reason: str
    embedding: NDArray[np.float32] | None
    luminance: float
    eye_distance: float


class Missed:
    """The share of comparisons that are missed."""

    def __init__(self, references: list[Outcome], threshold: float) -> None:
        self._of = {
            person: list(theirs)
            for person, theirs in groupby(sorted(references, key=_person), key=_person)
        }
        self._threshold = threshold

    def told(self, faces: Iterable[Outcome]) -> str:
        """Return the mean over people, and the number of faces that were compared, as text."""
        compared = [(face.person, s) for face in faces if (s := self._share(face)) is not None]
        return f"{_percent(_of_people(compared))} of {len(compared)}" if compared else "-"

    def _share(self, face: Outcome) -> float | None:
        others = [
            each.embedding
            for each in self._of.get(face.person, ())
            if each.name != face.name and each.embedding is not None
        ]
        if face.embedding is None or not others:
            return None
        return float((np.stack(others) @ face.embedding < self._threshold).mean())


def _person(outcome: Outcome) -> str:
    return outcome.person


def print_outcomes(condition: str, shown: list[Outcome], groups: Groups, missed: Missed) -> bool:
    """Print one condition's refusals by group, then by reason, then one group's over another's.

    Returns:
        True if a labelled group is surely refused more than `MOST_TIMES` as often as another.
    """
    print(f"\n{condition}\ngroup | shown | refused | missed: accepted | refused | reasons")
    everybody = {(e.person, e.name) for e in shown}
    for group, members in {"all": everybody, **groups}.items():
        theirs = [each for each in shown if (each.person, each.name) in members]
        accepted = [each for each in theirs if each.reason == ACCEPTED]
        refused = [each for each in theirs if each.reason != ACCEPTED]
        reasons = Counter(each.reason for each in refused).most_common()
        told = ", ".join(f"{reason} {count}" for reason, count in reasons)
        print(
            f"{group} | {len(theirs)} | {_percent(_of_people(_refusals(theirs)))} "
            f"| {missed.told(accepted)} | {missed.told(refused)} | {told}",
            flush=True,
        )
    _print_by_reason(shown, missed)
    labels = [label for label in groups if label not in FIFTHS]
    unequal = [_print_ratio(pair, shown, groups) for pair in combinations(labels, 2)]
    _print_ratio(FIFTHS, shown, groups)
    return any(unequal)


def _print_ratio(pair: tuple[str, str], shown: list[Outcome], groups: Groups) -> bool:
    """Print how many times as often one of two groups is refused as the other, and say if it is
    surely too often."""
    rates = {
        group: _rates(_refusals(e for e in shown if (e.person, e.name) in groups[group]))
        for group in pair
    }
    if not all(len(each) for each in rates.values()):
        return False
    more, less = sorted(pair, key=lambda group: -float(rates[group].mean()))
    low, high = ratio_interval(rates[more], rates[less])
    least = float(rates[less].mean())
    times = f"{float(rates[more].mean()) / least:.1f}" if least else "-"
    print(f"  {more} over {less}: {times} ({low:.1f}-{high:.1f})")
    return low > MOST_TIMES


def ratio_interval(more: Rates, less: Rates) -> tuple[float, float]:
    """Return the 95 % interval of the ratio of two groups' mean rates.

    Both means are drawn from their posterior with Jeffreys' prior, a person being one trial, which
    has ends also where nobody is refused. Two photographs of a person tell a little more than one
    trial: the interval is rather too wide.

    Args:
        more, less: of each person, the share of photographs refused.
    """
    generator = np.random.default_rng(0)
    above, below = (
        generator.beta(rates.sum() + 0.5, (1 - rates).sum() + 0.5, _DRAWS) for rates in (more, less)
    )
    low, high = np.percentile(above / below, (2.5, 97.5))
    return float(low), float(high)


def _refusals(faces: Iterable[Outcome]) -> list[tuple[str, float]]:
    return [(face.person, float(face.reason != ACCEPTED)) for face in faces]


def _rates(values: list[tuple[str, float]]) -> Rates:
    """Return the mean of each person's values, (people,)."""
    ordered = sorted(values)
    return np.array(
        [
            np.mean([value for _, value in theirs])
            for _, theirs in groupby(ordered, key=lambda each: each[0])
        ]
    )


def _of_people(values: list[tuple[str, float]]) -> Share:
    return mean_of_people(_rates(values))


def _percent(share: Share) -> str:
    if share.rate is None or share.interval is None:
        return "-"
    low, high = share.interval
    return f"{100 * share.rate:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _print_by_reason(shown: list[Outcome], missed: Missed) -> None:
    refused = sorted((e for e in shown if e.reason != ACCEPTED), key=lambda e: e.reason)
    for reason, theirs in groupby(refused, key=lambda e: e.reason):
        print(f"  would have been missed, {reason}: {missed.told(theirs)}")
