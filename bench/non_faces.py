"""Acceptance of non-faces, drawn and partly hidden faces, and the rate at which they match.

python -m bench.non_faces --images DIR [--each 200] [--seed 0] [--textures DIR]

DIR holds a folder of photographs per person: their faces are covered, cut, shuffled and drawn.
`--textures` is a folder of images without people, such as `skimage/data` in the wheel of
scikit-image. All draws are seeded, so a run can be repeated. Statues are not covered.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import django
import numpy as np

from bench import non_face_kinds
from bench.non_face_kinds import CHANGES, DRAWINGS, Pixels


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
    print("kind | shown | accepted | match each other | match others' real faces | refused, mostly")
    for name, drawn in _kinds(given, [pixels for _, pixels in photographs]):
        found = gate.Passed()
        for number, pixels in enumerate(islice(drawn, given.each)):
            # One photograph per person; a frame that shows nobody counts as a person.
            person = people[number] if name in CHANGES else f"{name} {number}"
            door.show(pixels, gate.Source(person, name), found)
        each_other = gate.strangers(found, found, door.threshold)
        with_real = gate.strangers(found, real, door.threshold)
        counts = f"{found.shown} | {found.accepted}"
        print(f"{name} | {counts} | {each_other} | {with_real} | {found.told()}", flush=True)
    themselves = gate.strangers(real, real, door.threshold)
    print(f"real faces | {real.shown} | {real.accepted} | {themselves} | | {real.told()}")


def _kinds(given: Namespace, photographs: list[Pixels]) -> Iterator[tuple[str, Iterator[Pixels]]]:
    for name, change in CHANGES.items():
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
    return parser.parse_args()


if __name__ == "__main__":
    main()
