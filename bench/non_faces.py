"""What is no face, or half of one: how much of it is accepted, and whom that matches.

python -m bench.non_faces --images DIR [--each 200] [--textures DIR]

DIR holds photographs in a folder for each person: their faces are covered, cut, shuffled and drawn.
`--textures` names a folder of pictures without people, such as `skimage/data` in the wheel of
scikit-image. The same each time: all draws are seeded. There are no statues among it.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import cv2
import django
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Generator = np.random.Generator
Change = Callable[[Pixels, Generator], Pixels]

# Of LFW's photographs, 250 x 250: the face lies in the middle, the eyes near row 113, the mouth
# near row 155.
_FACE = (slice(80, 180), slice(75, 175))
_PEOPLE_IN_TEXTURES = ("astronaut", "camera")  # file names in skimage/data


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
    print(f"{hardware.describe()}\nModel: {door.model}\n")
    print("kind | shown | accepted | match each other | match others' real faces | refused, mostly")
    for name, drawn in _kinds(given, [pixels for _, pixels in pictures]):
        found = gate.Passed()
        for number, pixels in enumerate(islice(drawn, given.each)):
            # One photograph of each person; whatever shows nobody is a person of its own.
            person = people[number] if name in _CHANGES else f"{name} {number}"
            door.show(pixels, gate.Source(person, name), found)
        each_other = gate.strangers(found, found, door.threshold)
        with_real = gate.strangers(found, real, door.threshold)
        counts = f"{found.shown} | {found.accepted}"
        print(f"{name} | {counts} | {each_other} | {with_real} | {found.told()}", flush=True)
    themselves = gate.strangers(real, real, door.threshold)
    print(f"real faces | {real.shown} | {real.accepted} | {themselves} | | {real.told()}")


def _kinds(given: Namespace, photographs: list[Pixels]) -> Iterator[tuple[str, Iterator[Pixels]]]:
    for name, change in _CHANGES.items():
        generator = np.random.default_rng(0)
        yield name, _changed(photographs, change, generator)
    yield "drawn from shapes", _drawn(np.random.default_rng(0))
    yield "noise", _noise(np.random.default_rng(0))
    if given.textures:
        yield "textures", _textures(given.textures, np.random.default_rng(0))


def _changed(photographs: list[Pixels], change: Change, generator: Generator) -> Iterator[Pixels]:
    for pixels in photographs:
        yield change(pixels.copy(), generator)


def _colour(generator: Generator) -> tuple[int, int, int]:
    red, green, blue = generator.integers(0, 256, 3).tolist()
    return red, green, blue


def _board(rows: slice, columns: slice) -> Change:
    """A plain board in front of a part of the face."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        pixels[rows, columns] = _colour(generator)
        return pixels

    return change


def _cut(rows: slice, columns: slice) -> Change:
    """The rest of the photograph is outside of the frame."""

    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        part = np.ascontiguousarray(pixels[rows, columns])
        return np.asarray(cv2.resize(part, None, fx=2, fy=2), dtype=np.uint8)

    return change


def _shuffled(pixels: Pixels, generator: Generator) -> Pixels:
    face = pixels[_FACE].copy()
    blocks = [face[y : y + 25, x : x + 25] for y in range(0, 100, 25) for x in range(0, 100, 25)]
    order = generator.permutation(16).reshape(4, 4)
    pixels[_FACE] = np.concatenate([np.concatenate([blocks[i] for i in row], 1) for row in order])
    return pixels


def _flipped(pixels: Pixels, _generator: Generator) -> Pixels:
    """The face alone upside down, the head upright."""
    pixels[_FACE] = pixels[_FACE][::-1].copy()
    return pixels


def _background(pixels: Pixels, _generator: Generator) -> Pixels:
    hole = np.zeros(pixels.shape[:2], dtype=np.uint8)
    cv2.ellipse(hole, (125, 125), (60, 80), 0, 0, 360, (255,), -1)
    return np.asarray(cv2.inpaint(pixels, hole, 3, cv2.INPAINT_TELEA), dtype=np.uint8)


def _enlarged(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.resize(pixels, (400, 400), interpolation=cv2.INTER_CUBIC), np.uint8)


def _pencil(pixels: Pixels, _generator: Generator) -> Pixels:
    grey, _ = cv2.pencilSketch(_enlarged(pixels), sigma_s=60, sigma_r=0.07, shade_factor=0.05)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), dtype=np.uint8)


def _painted(pixels: Pixels, _generator: Generator) -> Pixels:
    painted = cv2.stylization(_enlarged(pixels), sigma_s=60, sigma_r=0.45)
    return np.asarray(painted, dtype=np.uint8)


def _two_tones(pixels: Pixels, _generator: Generator) -> Pixels:
    grey = cv2.GaussianBlur(cv2.cvtColor(_enlarged(pixels), cv2.COLOR_RGB2GRAY), (0, 0), 2)
    tones = np.where(grey > np.median(grey[120:280, 120:280]), 230, 40)
    return np.repeat(tones[..., None], 3, axis=2).astype(np.uint8)


def _drawn(generator: Generator) -> Iterator[Pixels]:
    """Faces of ellipses and lines."""
    while True:
        canvas = np.full((400, 400, 3), _colour(generator), dtype=np.uint8)
        skin = np.clip(generator.normal((205, 160, 130), 30), 0, 255)
        shade, hair = (skin * 0.6).tolist(), generator.integers(0, 90, 3).tolist()
        wide, high = int(generator.uniform(70, 110)), int(generator.uniform(90, 140))
        cv2.ellipse(canvas, (200, 175), (wide + 12, high + 10), 0, 0, 360, hair, -1)
        cv2.ellipse(canvas, (200, 200), (wide, high), 0, 0, 360, skin.tolist(), -1)
        apart, size = int(wide * generator.uniform(0.35, 0.5)), int(generator.uniform(7, 20))
        level = 200 - int(high * generator.uniform(0.1, 0.3))
        for side in (-1, 1):
            x = 200 + side * apart
            cv2.ellipse(canvas, (x, level), (size, size * 2 // 3), 0, 0, 360, (250, 250, 250), -1)
            cv2.circle(
                canvas, (x, level), max(3, size // 2), generator.integers(0, 110, 3).tolist(), -1
            )
            brow = level - size - 8
            cv2.line(canvas, (x - size, brow), (x + size, brow), hair, 5)
        cv2.line(canvas, (197, level), (200 - wide // 8, 200 + high // 6), shade, 2)
        cv2.ellipse(canvas, (200, 200 + high // 5), (wide // 7, high // 16), 0, 0, 180, shade, 3)
        mouth = (
            int(wide * generator.uniform(0.2, 0.45)),
            int(high * generator.uniform(0.05, 0.15)),
        )
        cv2.ellipse(canvas, (200, 200 + high // 2), mouth, 0, 0, 180, (150, 40, 50), -1)
        yield np.asarray(cv2.GaussianBlur(canvas, (0, 0), generator.uniform(1, 5)), dtype=np.uint8)


def _noise(generator: Generator) -> Iterator[Pixels]:
    """Clouds of every fineness."""
    while True:
        clouds = cv2.GaussianBlur(
            generator.normal(size=(320, 320, 3)), (0, 0), generator.uniform(1, 40)
        )
        lit = 127 + clouds / clouds.std() * generator.uniform(20, 70)
        yield np.clip(lit, 0, 255).astype(np.uint8)


def _textures(folder: Path, generator: Generator) -> Iterator[Pixels]:
    """Squares of any size, turned, out of pictures without people."""
    from bench import gate

    files = sorted(path for path in folder.iterdir() if path.suffix in {".png", ".jpg"})
    read = (cv2.imread(str(p)) for p in files if p.stem not in _PEOPLE_IN_TEXTURES)
    pictures = [picture for picture in read if picture is not None]
    while True:
        pixels = pictures[generator.integers(len(pictures))][:, :, ::-1]
        side = int(generator.uniform(0.15, 1) * min(pixels.shape[:2]))
        top, left = (int(generator.integers(length - side + 1)) for length in pixels.shape[:2])
        part = np.ascontiguousarray(pixels[top : top + side, left : left + side])
        square = np.asarray(cv2.resize(part, (320, 320)), dtype=np.uint8)
        yield gate.turned(square, 15 * int(generator.integers(24)))


_ALL, _LEFT, _RIGHT = slice(None), slice(0, 125), slice(125, None)
_CHANGES: dict[str, Change] = {
    "covered below the nose": _board(slice(128, 200), slice(70, 180)),
    "eyes covered": _board(slice(100, 128), slice(75, 175)),
    "covered to below the eyes": _board(slice(60, 125), slice(70, 180)),
    "one half covered": _board(slice(60, 200), slice(125, 190)),
    "left half in the frame": _cut(_ALL, _LEFT),
    "right half in the frame": _cut(_ALL, _RIGHT),
    "upper half in the frame": _cut(slice(0, 130), _ALL),
    "lower half in the frame": _cut(slice(120, None), _ALL),
    "parts of the face shuffled": _shuffled,
    "upside down in an upright head": _flipped,
    "background, the face filled in": _background,
    "pencil drawing": _pencil,
    "painting": _painted,
    "two tones": _two_tones,
}


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.non_faces")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--each", type=int, default=200, metavar="N", help="pictures of a kind")
    parser.add_argument("--textures", type=Path, metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    main()
