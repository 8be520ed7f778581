"""Refusals of the default policy by group, and what the refused would have matched.

python -m bench.refusals --images DIR --people CSV [--group-column sex] [--each-group 0]

DIR has a folder for each person, CSV the columns person and group. Two photographs of each person
who has more than one are shown as they are, with less light and blurred, unless they have not one
face as taken. The faces are also grouped by how dark they are in the picture as taken: the lowest
and the highest fifth by the median luminance of the face. That is a label of pictures, not of
people.

For refused and accepted faces, the share of comparisons missed at an FMR of 0.1 %, with the other
photographs of the same person that are accepted as taken; each face counts once.
"""

import csv
import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from unittest import mock

import django
import numpy as np
from numpy.typing import NDArray

from bench.conditions import CONDITIONS, Pixels

_ACCEPTED = "accepted"
_AS_TAKEN = "as taken"
_PHOTOGRAPHS = 2


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


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    given = _arguments()
    with given.people.open(newline="") as file:
        group_of = {row["person"]: row[given.group_column] for row in csv.DictReader(file)}
    chosen = _chosen(given.images, group_of, given.each_group)
    door, generator = Door(), np.random.default_rng(given.seed)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in CONDITIONS}
    for person in chosen:
        for path in sorted((given.images / person).glob("*.jpg"))[:_PHOTOGRAPHS]:
            _show(door, path, generator, outcomes)
    print(f"{hardware.describe()}\nModel: {door.model}\n{len(chosen)} people")
    references = [each for each in outcomes[_AS_TAKEN] if each.reason == _ACCEPTED]
    groups = _groups(outcomes[_AS_TAKEN], group_of)
    for condition, shown in outcomes.items():
        _print(condition, shown, groups, Missed(references, door.threshold))


def _chosen(images: Path, group_of: dict[str, str], each_group: int) -> list[str]:
    """Return people of each group with two photographs, evenly spaced by name; 0 means all."""
    several = sorted(p for p in group_of if len(list((images / p).glob("*.jpg"))) >= _PHOTOGRAPHS)
    chosen = []
    for group in sorted(set(group_of.values()) - {""}):
        theirs = [person for person in several if group_of[person] == group]
        step = max(1, len(theirs) // each_group) if each_group else 1
        chosen += theirs[::step][: each_group or None]
    return chosen


class Door:
    """The engine and the default policy, which tell the outcome of refused faces too."""

    def __init__(self) -> None:
        from bench.gate import Gate

        self._gate = Gate()
        self.model, self.threshold = self._gate.model, self._gate.threshold

    def show(self, pixels: Pixels, person: str, name: str) -> Outcome:
        from faceplatform.engine.stages import measuring
        from faceplatform.engine.stages.appearance import in_view
        from faceplatform.engine.stages.face_chip import FaceChip

        chips: list[FaceChip] = []

        def note(chip: FaceChip) -> bool:
            chips.append(chip)
            return in_view(chip)

        with mock.patch.object(measuring, "in_view", note):
            analysis, refusal = self._gate.judge(pixels)
        face = analysis.face
        return Outcome(
            person=person,
            name=name,
            reason=refusal or _ACCEPTED,
            embedding=None if face is None else face.embedding,
            luminance=float(np.median(chips[0].luminance[chips[0].face])) if chips else np.nan,
            eye_distance=0.0 if face is None else face.quality.eye_distance,
        )


class Missed:
    """The share of comparisons of one person that are missed."""

    def __init__(self, references: list[Outcome], threshold: float) -> None:
        self._of = {
            person: list(theirs)
            for person, theirs in groupby(sorted(references, key=_person), key=_person)
        }
        self._threshold = threshold

    def told(self, faces: Iterable[Outcome]) -> str:
        """Return the mean over faces, in percent, and the number of faces that were compared."""
        shares = [share for face in faces if (share := self._share(face)) is not None]
        return f"{100 * np.mean(shares):.1f} % of {len(shares)}" if shares else "-"

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


def _show(
    door: Door, path: Path, generator: np.random.Generator, outcomes: dict[str, list[Outcome]]
) -> None:
    """Show a photograph under every condition, unless it has not one face as taken."""
    from faceplatform.engine.decoding.decode import decode

    pixels, person = decode(path.read_bytes()).pixels, path.parent.name
    as_taken = door.show(pixels, person, path.name)
    if as_taken.embedding is None:
        return
    outcomes[_AS_TAKEN].append(as_taken)
    for name, change in CONDITIONS.items():
        if name != _AS_TAKEN:
            changed = np.ascontiguousarray(change(pixels, as_taken.eye_distance, generator))
            outcomes[name].append(door.show(changed, person, path.name))


Groups = dict[str, set[tuple[str, str]]]


def _groups(shown: list[Outcome], group_of: dict[str, str]) -> Groups:
    """Return the photographs (person, name) of each group and of the outer fifths by luminance."""
    labels = sorted({group_of.get(each.person, "") for each in shown} - {""})
    groups = {
        label: {(e.person, e.name) for e in shown if group_of.get(e.person) == label}
        for label in labels
    }
    lit = sorted(shown, key=lambda e: e.luminance)
    fifth = len(lit) // 5
    groups["darkest fifth"] = {(e.person, e.name) for e in lit[:fifth]}
    groups["lightest fifth"] = {(e.person, e.name) for e in lit[len(lit) - fifth :]}
    return groups


def _print(condition: str, shown: list[Outcome], groups: Groups, missed: Missed) -> None:
    print(f"\n{condition}\ngroup | shown | refused | missed: accepted | refused | reasons")
    everybody = {(e.person, e.name) for e in shown}
    for group, members in {"all": everybody, **groups}.items():
        theirs = [each for each in shown if (each.person, each.name) in members]
        accepted = [each for each in theirs if each.reason == _ACCEPTED]
        refused = [each for each in theirs if each.reason != _ACCEPTED]
        reasons = Counter(each.reason for each in refused).most_common()
        share = 100 * len(refused) / max(1, len(theirs))
        told = ", ".join(f"{reason} {count}" for reason, count in reasons)
        print(
            f"{group} | {len(theirs)} | {share:.1f} % | {missed.told(accepted)} "
            f"| {missed.told(refused)} | {told}",
            flush=True,
        )
    _print_by_reason(shown, missed)


def _print_by_reason(shown: list[Outcome], missed: Missed) -> None:
    refused = sorted((e for e in shown if e.reason != _ACCEPTED), key=lambda e: e.reason)
    for reason, theirs in groupby(refused, key=lambda e: e.reason):
        print(f"  would have been missed, {reason}: {missed.told(theirs)}")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.refusals")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--people", type=Path, required=True, metavar="CSV")
    parser.add_argument("--group-column", default="group", metavar="NAME")
    parser.add_argument("--each-group", type=int, default=0, metavar="N", help="people; 0 for all")
    parser.add_argument("--seed", type=int, default=0, help="of the noise")
    return parser.parse_args()


if __name__ == "__main__":
    main()
