"""Refusals of the default policy by group, and what the refused would have matched.

python -m bench.refusals --images DIR --people CSV [--group-column sex] [--each-group 0]

DIR has a folder for each person, CSV the columns person and group. Two photographs of each person
who has more than one are shown as they are, with less light and blurred, unless they have not one
face as taken. The faces are also grouped by how dark they are in the picture as taken: the lowest
and the highest fifth by the median luminance of the face. That is a label of pictures, not of
people.

For refused and accepted faces, the share of comparisons missed at an FMR of 0.1 %, with the other
photographs of the same person that are accepted as taken. Each person counts once; intervals are
95 %, over people. Of two groups the larger share of refusals is told as a multiple of the smaller.
The command fails if a group of the CSV is surely refused more than twice as often as another under
the same condition.
"""

import csv
import os
from argparse import ArgumentParser, Namespace
from pathlib import Path
from unittest import mock

import django
import numpy as np

from bench.conditions import CONDITIONS, Pixels
from bench.refusals_by_group import ACCEPTED, FIFTHS, Groups, Missed, Outcome, print_outcomes

_AS_TAKEN = "as taken"
_PHOTOGRAPHS = 2


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
    references = [each for each in outcomes[_AS_TAKEN] if each.reason == ACCEPTED]
    groups, missed = _groups(outcomes[_AS_TAKEN], group_of), Missed(references, door.threshold)
    unequal = [
        condition
        for condition, shown in outcomes.items()
        if print_outcomes(condition, shown, groups, missed)
    ]
    if unequal:
        raise SystemExit(f"\nA group is refused more than twice as often: {', '.join(unequal)}")


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
            reason=refusal or ACCEPTED,
            embedding=None if face is None else face.embedding,
            luminance=float(np.median(chips[0].luminance[chips[0].face])) if chips else np.nan,
            eye_distance=0.0 if face is None else face.quality.eye_distance,
        )


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


def _groups(shown: list[Outcome], group_of: dict[str, str]) -> Groups:
    """Return the photographs (person, name) of each group and of the outer fifths by luminance."""
    labels = sorted({group_of.get(each.person, "") for each in shown} - {""})
    groups = {
        label: {(e.person, e.name) for e in shown if group_of.get(e.person) == label}
        for label in labels
    }
    lit = sorted(shown, key=lambda e: e.luminance)
    fifth = len(lit) // 5
    for name, outer in zip(FIFTHS, (lit[:fifth], lit[len(lit) - fifth :]), strict=True):
        groups[name] = {(e.person, e.name) for e in outer}
    return groups


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
