"""Acceptance of non-faces, drawn and partly hidden faces, and the rate at which they match.

python -m bench.non_faces --images DIR [--each 200] [--seed 0] [--textures DIR] [--only KIND ...]

DIR holds a folder of photographs per person: their faces are covered, cut, shuffled, drawn, made
into statues and turned. "Own" is the rate at which frames match the photograph they were made of.
`--textures` is a folder of images without people, such as `skimage/data` in the wheel of
scikit-image. All draws are seeded, so a run can be repeated. `--only` names kinds by their
beginning. The model is that of FACEPLATFORM_RECOGNITION_MODEL.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import django
import numpy as np

from bench import non_face_kinds
from bench.non_face_kinds import CHANGES, DRAWINGS, Change, Pixels
from bench.solid_kinds import PROFILES, STATUES

_MADE_OF_PHOTOGRAPHS: dict[str, Change] = {**CHANGES, **STATUES, **PROFILES}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import gate, hardware

    given = _arguments()
    door, real = gate.Gate(), gate.Passed()
    photographs = list(islice(gate.photographs(given.images, 0, 1), 5 * given.each))
    people = [source.person for source, _ in photographs]
    for source, pixels in photographs:
        door.show(pixels, source, real)
    print(f"{hardware.describe()}\nModel: {door.model}\n")
    print(
        "kind | shown | accepted | match each other | match others' real faces | own | "
        "refused, mostly"
    )
    for name, drawn in _kinds(given, [pixels for _, pixels in photographs]):
        found = gate.Passed()
        for number, pixels in enumerate(islice(drawn, given.each)):
            # One photograph per person; a frame that shows nobody counts as a person.
            person = people[number] if name in _MADE_OF_PHOTOGRAPHS else f"{name} {number}"
            door.show(pixels, gate.Source(person, name), found)
        each_other = gate.strangers(found, found, door.threshold)
        with_real = gate.strangers(found, real, door.threshold)
        own = gate.same_person(found, real, door.threshold)
        rates = f"{each_other} | {with_real} | {own}"
        print(f"{name} | {found.shown} | {found.accepted} | {rates} | {found.told()}", flush=True)
    themselves = gate.strangers(real, real, door.threshold)
    print(f"real faces | {real.shown} | {real.accepted} | {themselves} | | | {real.told()}")


def _kinds(given: Namespace, photographs: list[Pixels]) -> Iterator[tuple[str, Iterator[Pixels]]]:
    for name, drawn in _all_kinds(given, photographs):
        if not given.only or name.startswith(tuple(given.only)):
            yield name, drawn


def _all_kinds(
    given: Namespace, photographs: list[Pixels]
) -> Iterator[tuple[str, Iterator[Pixels]]]:
    for name, change in _MADE_OF_PHOTOGRAPHS.items():
        yield name, non_face_kinds.changed(photographs, change, np.random.default_rng(given.seed))
    for name, draw in DRAWINGS.items():
        yield name, draw(np.random.default_rng(given.seed))
    if given.textures:
        generator = np.random.default_rng(given.seed)
        yield "textures", non_face_kinds.textures(given.textures, generator)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.non_faces")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--each", type=int, default=200, metavar="N", help="frames of a kind")
    parser.add_argument("--seed", type=int, default=0, help="of all draws")
    parser.add_argument("--textures", type=Path, metavar="DIR")
    parser.add_argument("--only", nargs="+", metavar="KIND", help="all kinds that begin so")
    return parser.parse_args()


if __name__ == "__main__":
    main()
