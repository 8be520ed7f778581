"""What is no face, or half of one: how much of it is accepted, and whom that matches.

python -m bench.non_faces --images DIR [--each 200] [--textures DIR]

DIR holds photographs in a folder for each person: their faces are covered, cut, shuffled and drawn.
`--textures` names a folder of pictures without people, such as `skimage/data` in the wheel of
scikit-image. The same each time: all draws are seeded. There are no statues among it.
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
    pictures = list(islice(gate.photographs(given.images, 0, 1), 5 * given.each))
    people = [source.person for source, _ in pictures]
    for source, pixels in pictures:
        door.show(pixels, source, real)
    print(f"{hardware.described()}\nModel: {door.model}\n")
    print("kind | shown | accepted | match each other | match others' real faces | refused, mostly")
    for name, drawn in _kinds(given, [pixels for _, pixels in pictures]):
        found = gate.Passed()
        for number, pixels in enumerate(islice(drawn, given.each)):
            # One photograph of each person; whatever shows nobody is a person of its own.
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
    parser.add_argument("--each", type=int, default=200, metavar="N", help="pictures of a kind")
    parser.add_argument("--seed", type=int, default=0, help="of all draws")
    parser.add_argument("--textures", type=Path, metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    main()
