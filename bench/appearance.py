"""The limits of `engine.stages.appearance`, on photographs of faces in view.

python -m bench.appearance --images DIR [--sexes CSV]

DIR holds a folder of photographs per person, CSV has the columns person and sex. Counted are the
photographs that the default policy accepts but for the appearance of the face. The last rows choose
both limits on every other person, a sixth below the lowest, and apply them to the rest.
"""

import csv
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import django


@dataclass(frozen=True, slots=True)
class Seen:
    """The appearance of one face: its shading, and the lowest contrast of an eye or the mouth."""

    person: str
    shading: float
    contrast: float


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.engine.stages import appearance

    given = _arguments()
    sex_of = _sexes(given.sexes)
    seen = list(_seen(given.images))
    people = sorted({each.person for each in seen})
    print(
        f"{hardware.describe()}\n\nfaces | accepted otherwise | refused | lowest shading | contrast"
    )
    limits = (appearance.LEAST_SHADING, appearance.LEAST_CONTRAST)
    for sex in ("", *sorted(set(sex_of.values()))):
        group = [each for each in seen if not sex or sex_of.get(each.person) == sex]
        _print(sex or "all", group, *limits)
    for name, chosen in (("limits of even people", people[::2]), ("of odd people", people[1::2])):
        own = [each for each in seen if each.person in set(chosen)]
        others = [each for each in seen if each.person not in set(chosen)]
        lowest = min(each.shading for each in own), min(each.contrast for each in own)
        _print(f"{name}, on the others", others, *(value * 5 / 6 for value in lowest))


def _print(name: str, group: list[Seen], least_shading: float, least_contrast: float) -> None:
    refused = sum(e.shading < least_shading or e.contrast < least_contrast for e in group)
    shading, contrast = min(e.shading for e in group), min(e.contrast for e in group)
    print(f"{name} | {len(group)} | {refused} | {shading:.3f} | {contrast:.3f}", flush=True)


def _seen(folder: Path) -> Iterable[Seen]:
    from bench import gate
    from faceplatform.engine.stages import appearance, measuring
    from faceplatform.engine.stages.face_chip import FaceChip

    chips: list[FaceChip] = []

    def note(chip: FaceChip) -> bool:
        chips.append(chip)
        return True

    door, passed = gate.Gate(), gate.Passed()
    with mock.patch.object(measuring, "in_view", note):  # every face is in view
        for source, pixels in gate.photographs(folder, 0, 0):
            before = passed.accepted
            door.show(pixels, source, passed)
            if passed.accepted > before:
                contrast = min(appearance.feature_contrasts(chips[-1]))
                yield Seen(source.person, appearance.shading(chips[-1]), contrast)


def _sexes(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    with path.open(newline="") as file:
        return {row["person"]: row["sex"] for row in csv.DictReader(file)}


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.appearance")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sexes", type=Path, metavar="CSV")
    return parser.parse_args()


if __name__ == "__main__":
    main()
