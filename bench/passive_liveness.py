"""The limits of passive liveness, and signals that it does not use.

python -m bench.passive_liveness --portraits DIR [--attacks DIR]

The portraits are natural photographs, one face each. The first table reduces, compresses and blurs
those whose face is 250 pixels wide or more, and counts what the Deep Tree Network takes for live:
`engine.stages.deep_tree` states its limits from it. The others count portraits and attacks, a
folder for each species as `manage.py make_attacks` writes them: those in which a search for
periodic patterns (halftone, moire) finds one, and those of which three frames, slightly moved, lit
and compressed, pass MiniFASNet by several rules. The last table has the times of the nets.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import django
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from faceplatform.engine.types import Box

Pixels = NDArray[np.uint8]

_LEAST_WIDTH = 250  # of the face, before it is reduced
_ROOM = 2.4  # side of the frame, in boxes
_WIDTHS = (250, 200, 160, 130, 100, 80)
_SPOILED = ((95, 0.0), (85, 0.0), (70, 0.0), (50, 0.0), (85, 1.0), (85, 2.0))  # quality, blur
# Cycles a pixel. Below are the face's own features, above is the sampling of colour sensors.
_PERIODIC = (0.1, 0.48)
_STRONGEST = 8
_NEIGHBOURS = 7
_LEVELS = 20  # of a log amplitude of one, for OpenCV's median of bytes
# Above what portraits have, even after strong compression and enlargement (at most 1.60).
_PATTERN = 1.8
_FRAMES = 3
_SHIFT = 0.06  # of the width of the box, at most
_LIGHT = (0.9, 1.1)
_QUALITIES = (75, 95)
_RUNS = 20


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--portraits", type=Path, required=True)
    parser.add_argument("--attacks", type=Path)
    given = parser.parse_args()
    print(hardware.describe())
    portraits = list(_faces(given.portraits))
    _print_limits(portraits)
    kinds = {"portraits": portraits}
    if given.attacks is not None:
        folders = sorted(each for each in given.attacks.iterdir() if each.is_dir())
        kinds |= {folder.name: list(_faces(folder)) for folder in folders}
    print("\npatterns: species | images | found | strongest, lowest to highest")
    for name, faces in kinds.items():
        _print_patterns(name, faces)
    print("\nthree frames live: species | images | first | each | together | both")
    for name, faces in kinds.items():
        _print_sequences(name, faces)
    print()
    _print_times(portraits[0])


def _faces(folder: Path) -> Iterator[tuple[Pixels, "Box"]]:
    """Yield the photographs in which a face is found, each with its largest."""
    from faceplatform.engine.decoding.decode import decode
    from faceplatform.engine.stages.detection import BlazeFacePair

    detector = BlazeFacePair()
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in {".jpg", ".jpeg", ".png"}:
            continue
        pixels = decode(path.read_bytes()).pixels
        if found := detector.detect(pixels):
            yield pixels, max((each.box for each in found), key=lambda box: box.width)


def _print_limits(portraits: list[tuple[Pixels, "Box"]]) -> None:
    from faceplatform.engine.stages.deep_tree import DeepTree, detail, face_crop
    from faceplatform.engine.stages.liveness import LIVE_SCORE

    tree = DeepTree()
    large = [(pixels, box) for pixels, box in portraits if box.width >= _LEAST_WIDTH]
    print(f"\ntree: face, px | JPEG quality | blur, px | live of {len(large)} | median detail")
    for width in _WIDTHS:
        for quality, blur in _SPOILED:
            crops = [
                face_crop(*_spoiled(pixels, box, width, quality, blur)) for pixels, box in large
            ]
            live = sum(tree.score(crop) >= LIVE_SCORE for crop in crops)
            middle = float(np.median([detail(crop) for crop in crops]))
            print(f"{width} | {quality} | {blur:g} | {live} | {middle:.1f}", flush=True)


def _spoiled(
    pixels: Pixels, box: "Box", width: int, quality: int, blur: float
) -> tuple[Pixels, "Box"]:
    """Return a square around a face, reduced to a width of it, blurred, then compressed."""
    from faceplatform.engine.types import Box

    reach = min(box.width * _ROOM, *pixels.shape[:2]) / 2
    middle = np.array([box.x + box.width / 2, box.y + box.height / 2])
    corner = np.clip(middle - reach, 0, np.array(pixels.shape[1::-1]) - 2 * reach).astype(int)
    part = pixels[corner[1] :, corner[0] :][: int(2 * reach), : int(2 * reach)]
    scale = width / box.width
    small = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if blur:
        small = cv2.GaussianBlur(small, (0, 0), blur)
    left, top = (np.array([box.x, box.y]) - corner) * scale
    return _compressed(np.asarray(small, np.uint8), quality), Box(
        left, top, width, box.height * scale
    )


def _print_patterns(name: str, faces: list[tuple[Pixels, "Box"]]) -> None:
    found = sorted(strongest_pattern(pixels, box) for pixels, box in faces)
    over = sum(each > _PATTERN for each in found)
    print(f"{name} | {len(found)} | {over} | {found[0]:.2f} to {found[-1]:.2f}", flush=True)


def strongest_pattern(pixels: Pixels, box: "Box") -> float:
    """Return how far the strongest periodic patterns of a face stand out of its spectrum.

    A halftone or the moire of a screen is a peak at one frequency, while skin and hair spread.

    Returns:
        the mean of the largest log ratios of an amplitude to the median of its neighbours.
    """
    left, top = max(0, round(box.x)), max(0, round(box.y))
    part = pixels[top : round(box.y + box.height), left : round(box.x + box.width)]
    side = min(part.shape[:2])
    luma = cv2.cvtColor(part[:side, :side], cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = luma - cv2.GaussianBlur(luma, (0, 0), 3)
    window = np.hanning(side)
    spectrum = np.fft.fftshift(np.fft.fft2(fine * window[:, None] * window))
    amplitudes = np.log1p(np.abs(spectrum))
    levels = np.clip(amplitudes * _LEVELS, 0, 255).astype(np.uint8)
    around = cv2.medianBlur(levels, _NEIGHBOURS).astype(np.float32) / _LEVELS
    rows, columns = np.mgrid[:side, :side] - side // 2
    frequencies = np.hypot(rows, columns) / side
    periodic = (frequencies > _PERIODIC[0]) & (frequencies < _PERIODIC[1])
    return float(np.sort((amplitudes - around)[periodic])[-_STRONGEST:].mean())


def _print_sequences(name: str, faces: list[tuple[Pixels, "Box"]]) -> None:
    from faceplatform.engine.stages.liveness import LIVE_SCORE
    from faceplatform.engine.stages.minifasnet import MiniFASNetPair
    from faceplatform.liveness.fusion import fused_score
    from faceplatform.sessions.acceptance import LIVE_TOGETHER

    nets, generator = MiniFASNetPair(), np.random.default_rng(0)
    sequences = [[nets.score(*_moved(*face, generator)) for _ in range(_FRAMES)] for face in faces]
    first = [scores[0] >= LIVE_SCORE for scores in sequences]
    each = [min(scores) >= LIVE_SCORE for scores in sequences]
    together = [(fused_score(scores) or 0.0) >= LIVE_TOGETHER for scores in sequences]
    both = [all(pair) for pair in zip(each, together, strict=True)]
    counts = " | ".join(str(sum(rule)) for rule in (first, each, together, both))
    print(f"{name} | {len(sequences)} | {counts}", flush=True)


def _moved(pixels: Pixels, box: "Box", generator: np.random.Generator) -> tuple[Pixels, "Box"]:
    """Return another frame of the same face: cropped, lit and compressed a little differently."""
    from faceplatform.engine.types import Box

    left, top, right, bottom = (generator.uniform(0, _SHIFT, 4) * box.width).astype(int)
    part = pixels[top : pixels.shape[0] - bottom, left : pixels.shape[1] - right]
    lit = np.clip(part * generator.uniform(*_LIGHT), 0, 255).astype(np.uint8)
    read = _compressed(lit, int(generator.integers(*_QUALITIES)))
    return read, Box(box.x - left, box.y - top, box.width, box.height)


def _compressed(pixels: Pixels, quality: int) -> Pixels:
    _, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    read = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))
    return np.ascontiguousarray(read[..., ::-1], np.uint8)


def _print_times(portrait: tuple[Pixels, "Box"]) -> None:
    from bench.timing import interleaved
    from faceplatform.engine.stages.deep_tree import DeepTree, face_crop
    from faceplatform.engine.stages.minifasnet import MiniFASNetPair

    tree, nets = DeepTree(), MiniFASNetPair()
    tasks = {
        "MiniFASNet": lambda: nets.score(*portrait),
        "Deep Tree Network": lambda: tree.score(face_crop(*portrait)),
    }
    for name, times in interleaved(tasks, rounds=_RUNS).items():
        print(f"{name}: {times}")


if __name__ == "__main__":
    main()
