"""Painted and drawn faces in many manners, for oddness to be learned from.

`non_face_kinds` has one manner of each kind, with parameters that hardly vary. Here each picture
has others, and a camera sees half of the pictures.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from bench import non_face_kinds as kinds
from bench.non_face_kinds import Change, Generator, Layer, Pixels

_SIDE = 250  # of LFW's photographs


def _in_any_manner(paint: Change) -> Change:
    """Return a painter of photographs of any size; half of the paintings are seen by a camera."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        side = int(_SIDE * generator.uniform(1, 2))
        large = np.asarray(cv2.resize(pixels, (side, side), interpolation=cv2.INTER_CUBIC))
        painted = paint(np.asarray(large, np.uint8), generator)
        return kinds.seen(painted, generator) if generator.random() < 0.5 else painted

    return change


def _stylized(pixels: Pixels, generator: Generator) -> Pixels:
    fine, coarse = generator.uniform(20, 150), generator.uniform(0.2, 0.8)
    return np.asarray(cv2.stylization(pixels, sigma_s=fine, sigma_r=coarse), np.uint8)


def _levelled(pixels: Pixels, generator: Generator) -> Pixels:
    """Keep edges and level the areas between them."""
    levelled = cv2.edgePreservingFilter(
        pixels,
        flags=int(generator.integers(1, 3)),
        sigma_s=generator.uniform(15, 60),
        sigma_r=generator.uniform(0.2, 0.4),
    )
    return np.asarray(levelled, np.uint8)


def _in_oil(pixels: Pixels, generator: Generator) -> Pixels:
    """Each pixel has the mean colour of the commonest tone around it."""
    brush, tones = 2 * int(generator.integers(2, 5)) + 1, int(generator.integers(6, 20))
    tone = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(int) * tones // 256
    most, painted = np.zeros(tone.shape, np.float32), np.zeros(pixels.shape, np.float32)
    for number in range(tones):
        own = (tone == number).astype(np.float32)
        count = np.asarray(cv2.blur(own, (brush, brush)), np.float32)
        sums = np.asarray(cv2.blur(pixels * own[..., None], (brush, brush)), np.float32)
        here = count > most
        most[here], painted[here] = count[here], (sums / (count[..., None] + 1e-6))[here]
    return np.clip(painted, 0, 255).astype(np.uint8)


def _in_strokes(pixels: Pixels, generator: Generator) -> Pixels:
    """Each pixel has the mean of the evenest of four squares beside it (Kuwahara's filter)."""
    side = int(generator.integers(3, 7))
    light = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    least, painted = np.full(light.shape, np.inf, np.float32), np.zeros(pixels.shape, np.float32)
    for anchor in ((0, 0), (side - 1, 0), (0, side - 1), (side - 1, side - 1)):
        mean, square = (cv2.blur(x, (side, side), anchor=anchor) for x in (light, light * light))
        uneven = square - mean * mean
        here = uneven < least
        least[here] = uneven[here]
        painted[here] = cv2.blur(pixels.astype(np.float32), (side, side), anchor=anchor)[here]
    return np.clip(painted, 0, 255).astype(np.uint8)


def _in_water(pixels: Pixels, generator: Generator) -> Pixels:
    areas = cv2.pyrMeanShiftFiltering(
        pixels, generator.uniform(5, 14), generator.uniform(12, 40), maxLevel=1
    )
    paper = _paper(areas.shape, generator, most=10)
    pale = generator.uniform(0.65, 1)
    paint = areas * pale + (1 - pale) * 245 + paper
    return np.asarray(np.clip(paint, 0, 255), np.uint8)


def _outlined(pixels: Pixels, generator: Generator) -> Pixels:
    """Return areas between dark lines, hard or soft."""
    areas = pixels
    for _ in range(int(generator.integers(3, 7))):
        areas = np.asarray(cv2.bilateralFilter(areas, 9, generator.uniform(20, 45), 7), np.uint8)
    grey = cv2.medianBlur(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), 5)
    block, least = 2 * int(generator.integers(3, 9)) + 1, generator.uniform(3, 8)
    lines = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, least
    )
    soft = cv2.GaussianBlur(lines, (0, 0), generator.uniform(0.3, 1.2)).astype(np.float32) / 255
    dark = generator.uniform(0, 0.5)
    return np.asarray(areas * (dark + (1 - dark) * soft[..., None]), np.uint8)


def _in_few_tones(pixels: Pixels, generator: Generator) -> Pixels:
    smooth = cv2.GaussianBlur(pixels, (0, 0), generator.uniform(0.5, 2.5)).astype(int)
    step = int(generator.integers(36, 86))
    return np.asarray(np.clip(smooth // step * step + step // 2, 0, 255), np.uint8)


def _in_pencil(pixels: Pixels, generator: Generator) -> Pixels:
    grey, coloured = cv2.pencilSketch(
        pixels,
        sigma_s=generator.uniform(20, 100),
        sigma_r=generator.uniform(0.04, 0.12),
        shade_factor=generator.uniform(0.03, 0.08),
    )
    if generator.random() < 0.5:
        return np.asarray(coloured, np.uint8)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _paper(shape: tuple[int, ...], generator: Generator, *, most: float) -> Layer:
    grain = cv2.GaussianBlur(generator.normal(size=shape[:2]), (0, 0), generator.uniform(0.8, 2.5))
    return np.asarray(generator.uniform(0, most) * (grain / grain.std())[..., None], np.float32)


def _shapes(generator: Generator) -> Iterator[Pixels]:
    """Yield faces drawn from shapes, with more light, round cheeks and grain than those of
    `non_face_kinds`, some with the strokes of a brush."""
    down, across = np.mgrid[-200:200, -200:200] / np.array([140, 110])[:, None, None]
    for pixels in kinds.drawn(generator):
        x, y = generator.uniform(-0.6, 0.6, 2)
        light = 1.08 + x * across + y * down - generator.uniform(0, 0.4) * (across**2 + down**2)
        lit = pixels * np.clip(light, 0.1, 2)[..., None]
        drawn = np.clip(lit + _paper(pixels.shape, generator, most=12), 0, 255).astype(np.uint8)
        if generator.random() < 0.3:
            drawn = _in_strokes(drawn, generator)
        yield kinds.seen(drawn, generator)


PAINTED: dict[str, Change] = {
    name: _in_any_manner(paint)
    for name, paint in {
        "painted, stylized": _stylized,
        "painted, levelled": _levelled,
        "painted in oil": _in_oil,
        "painted in strokes": _in_strokes,
        "painted in water": _in_water,
        "outlined": _outlined,
        "in few tones": _in_few_tones,
        "in pencil": _in_pencil,
    }.items()
}
DRAWN = {"shapes, lit": _shapes}
