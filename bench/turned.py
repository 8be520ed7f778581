"""Photographs turned step by step: acceptance, measured orientation, and matches.

python -m bench.turned --images DIR [--people 200] [--each 2] [--step 15]

DIR has a folder for each person. `--people 0 --each 0 --step 180` takes all of them, upright and
upside down.
"""

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

import django

# Beyond this the default policy accepts no angle, except for a head tilted the other way.
_TILTED = 60
# The measured orientation is wrong if it differs by this much from the turn. The photographs of LFW
# are upright within about 30 degrees.
_OTHERWISE = 45


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import gate, hardware

    given = _arguments()
    door = gate.Gate()
    passed = {angle: gate.Passed() for angle in range(0, 360, given.step)}
    for source, pixels in gate.photographs(given.images, given.people, given.each):
        for angle, into in passed.items():
            door.show(gate.turned(pixels, angle), source, into)
    print(f"{hardware.describe()}\nModel: {door.model}\n")
    print("turned by | shown | accepted | stands otherwise | refused, mostly")
    for angle, found in passed.items():
        wrong = sum(_apart(pose.roll, angle) > _OTHERWISE for pose in found.poses)
        print(f"{angle} | {found.shown} | {found.accepted} | {wrong} | {found.told()}")
    upright = passed[0]
    tilted = gate.together(f for angle, f in passed.items() if 0 < _apart(angle, 0) <= _TILTED)
    beyond = gate.together(f for angle, f in passed.items() if _apart(angle, 0) > _TILTED)
    print(f"\nat the threshold of one frame v one for an FMR of {gate.FMR:g}")
    for name, found in (("upright", upright), ("tilted", tilted), ("beyond", beyond)):
        print(f"{name}: {found.accepted} of {found.shown} accepted")
        print(f"  strangers, with upright ones: {gate.strangers(found, upright, door.threshold)}")
        print(f"  strangers, among themselves: {gate.strangers(found, found, door.threshold)}")
        print(f"  the same person, upright: {gate.same_person(found, upright, door.threshold)}")


def _apart(a: float, b: float) -> float:
    """Return the difference of two angles, 0..180 degrees."""
    return abs((a - b + 180) % 360 - 180)


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.turned")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--people", type=int, default=200, metavar="N", help="0 for all")
    parser.add_argument("--each", type=int, default=2, metavar="N", help="photographs; 0 for all")
    parser.add_argument("--step", type=int, default=15, metavar="DEGREES")
    return parser.parse_args()


if __name__ == "__main__":
    main()
