"""Images of no face as calibrated: faces that are covered, cut, shuffled or drawn, and no faces."""

from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Layer = NDArray[np.float32]
Generator = np.random.Generator
Change = Callable[[Pixels, Generator], Pixels]
Surface = Callable[[Pixels, Generator], Layer]
Outline = Callable[[Generator], NDArray[np.float32]]

# LFW's photographs are 250 x 250: the face lies in the middle, the eyes near row 113, the mouth
# near row 155.
_SIDE = 250
_FACE = (slice(80, 180), slice(75, 175))
_PEOPLE_IN_TEXTURES = ("astronaut", "camera")  # file names in skimage/data


def changed(photographs: list[Pixels], change: Change, generator: Generator) -> Iterator[Pixels]:
    for pixels in photographs:
        yield change(pixels.copy(), generator)


def any_colour(generator: Generator) -> tuple[int, int, int]:
    red, green, blue = generator.integers(0, 256, 3).tolist()
    return red, green, blue


def _board(rows: slice, columns: slice) -> Change:
    """Return a change that puts a plain board in front of a part of the face."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        pixels[rows, columns] = any_colour(generator)
        return pixels

    return change


def seen(scene: NDArray[np.floating] | Pixels, generator: Generator) -> Pixels:
    """Return the scene as a camera saves it: with sensor noise, as a JPEG."""
    noise = cv2.GaussianBlur(generator.normal(0, 5, scene.shape), (0, 0), 0.7)
    pixels = np.clip(scene + noise, 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def held(outline: Outline, surface: Surface) -> Change:
    """Something held or worn in front of the face, seen by a camera."""

    def change(pixels: Pixels, generator: Generator) -> Pixels:
        shape = np.zeros(pixels.shape[:2], np.float32)
        cv2.fillPoly(shape, [np.round(outline(generator)).astype(np.int32)], (1.0,))
        share = np.asarray(cv2.GaussianBlur(shape, (0, 0), 0.8), np.float32)[..., None]
        return seen(pixels * (1 - share) + surface(pixels, generator) * share, generator)

    return change


def _tilted(middle: tuple[int, int], size: tuple[int, int]) -> Outline:
    """Return a mask of a rectangle that is not held quite straight."""

    def outline(generator: Generator) -> NDArray[np.float32]:
        x, y = middle + generator.uniform(-5, 5, 2)
        return np.asarray(cv2.boxPoints(((x, y), size, generator.uniform(-8, 8))), np.float32)

    return outline


def _mask_outline(generator: Generator) -> NDArray[np.float32]:
    right = np.array([(0, -10), (20, -2), (43, 8), (40, 35), (20, 56), (0, 62)], np.float32)
    both = np.concatenate([right, right[::-1] * (-1, 1)])
    return np.asarray(both + generator.uniform(-4, 4, 2) + (125, 130), np.float32)


def _hand_outline(generator: Generator) -> NDArray[np.float32]:
    """Four fingers from the right, the palm behind them."""
    fingers = [(80 + 8 * (place % 2), 134 + 7 * place) for place in range(8)]
    palm = [(160, 205), (200, 190), (200, 145), (150, 132)]
    return np.asarray(np.array(fingers + palm) + generator.uniform(-6, 6, 2), np.float32)


def _shaded(colour: NDArray[np.floating], generator: Generator) -> Layer:
    """One colour, lit from a side."""
    down, across = np.mgrid[-1 : 1 : _SIDE * 1j, -1 : 1 : _SIDE * 1j]
    x, y = generator.uniform(-0.5, 0.5, 2)
    light = 1 + x * across + y * down
    return np.asarray(np.clip(colour * light[..., None], 0, 255), np.float32)


def _one_colour(_pixels: Pixels, generator: Generator) -> Layer:
    return _shaded(np.array(any_colour(generator)), generator)


def _skin(pixels: Pixels, generator: Generator) -> Layer:
    """Return the colour of the cheeks and the nose."""
    return _shaded(np.median(pixels[130:145, 95:155].reshape(-1, 3), axis=0), generator)


def _pleats(pixels: Pixels, generator: Generator) -> Layer:
    waves = 1 + 0.06 * np.sin(np.arange(_SIDE) / generator.uniform(1.6, 2.5))
    return np.asarray(_one_colour(pixels, generator) * waves[:, None, None], np.float32)


def _fingers(pixels: Pixels, generator: Generator) -> Layer:
    """Skin with the shadows between four fingers, 14 px apart."""
    shadows = 1 - 0.35 * np.cos((np.arange(_SIDE) - 134) * np.pi / 14) ** 16
    return np.asarray(_skin(pixels, generator) * shadows[:, None, None], np.float32)


def _stripes(_pixels: Pixels, generator: Generator) -> Layer:
    angle, fineness = generator.uniform(0, np.pi), generator.uniform(0.2, 1)
    down, across = np.mgrid[:_SIDE, :_SIDE]
    dark = np.sin((across * np.cos(angle) + down * np.sin(angle)) * fineness) > 0
    colours = np.array(any_colour(generator)), np.array(any_colour(generator))
    return np.asarray(np.where(dark[..., None], *colours), np.float32)


def _mottled(_pixels: Pixels, generator: Generator) -> Layer:
    clouds = cv2.GaussianBlur(
        generator.normal(size=(_SIDE, _SIDE, 3)), (0, 0), generator.uniform(0.7, 6)
    )
    lit = any_colour(generator) + clouds / clouds.std() * generator.uniform(10, 50)
    return np.asarray(np.clip(lit, 0, 255), np.float32)


def _cut(rows: slice, columns: slice) -> Change:
    """Return a change that leaves all but a part of the photograph outside the frame."""

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
    """Turn the face alone upside down, in an upright head."""
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


def _cartoon(pixels: Pixels, generator: Generator) -> Pixels:
    """Smooth areas and black outlines."""
    areas = _enlarged(pixels)
    grey = cv2.medianBlur(cv2.cvtColor(areas, cv2.COLOR_RGB2GRAY), 7)
    block, least = 2 * int(generator.integers(4, 8)) + 1, generator.uniform(3, 7)
    lines = cv2.adaptiveThreshold(
        grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, block, least
    )
    for _ in range(6):
        areas = np.asarray(cv2.bilateralFilter(areas, 9, 30, 7), dtype=np.uint8)
    return np.asarray(cv2.bitwise_and(areas, areas, mask=lines), dtype=np.uint8)


def _in_tones(tones: int) -> Change:
    """Each colour in so many tones."""

    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        smooth = cv2.GaussianBlur(_enlarged(pixels), (0, 0), 1.2)
        step = 256 // tones
        return np.asarray(smooth // step * step + step // 2, dtype=np.uint8)

    return change


def _watercolour(pixels: Pixels, generator: Generator) -> Pixels:
    areas = cv2.pyrMeanShiftFiltering(_enlarged(pixels), 10, generator.uniform(15, 30))
    paper = cv2.GaussianBlur(generator.normal(size=areas.shape[:2]), (0, 0), 1.5)
    paint = areas * 0.8 + 50 + 6 * (paper / paper.std())[..., None]
    return np.asarray(np.clip(paint, 0, 255), dtype=np.uint8)


def drawn(generator: Generator) -> Iterator[Pixels]:
    """Yield faces of ellipses and lines."""
    while True:
        canvas = np.full((400, 400, 3), any_colour(generator), dtype=np.uint8)
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


def _drawn_seen(generator: Generator) -> Iterator[Pixels]:
    for pixels in drawn(generator):
        yield seen(pixels, generator)


def _drawn_shaded(generator: Generator) -> Iterator[Pixels]:
    """Yield drawn faces with light from a side, round cheeks and grain."""
    down, across = np.mgrid[-200:200, -200:200] / np.array([140, 110])[:, None, None]
    for pixels in drawn(generator):
        x, y = generator.uniform(-0.35, 0.35, 2)
        light = 1.08 + x * across + y * down - generator.uniform(0, 0.25) * (across**2 + down**2)
        grain = cv2.GaussianBlur(
            generator.normal(size=light.shape), (0, 0), generator.uniform(0.6, 2)
        )
        grain *= generator.uniform(2, 8) / grain.std()
        yield seen(pixels * light[..., None] + grain[..., None], generator)


def _emoji(generator: Generator) -> Iterator[Pixels]:
    """Yield discs with two dots, brows and a mouth."""
    skins = ((255, 205, 60), (250, 220, 170), (200, 150, 110), (120, 80, 60))
    while True:
        canvas = np.full((400, 400, 3), any_colour(generator), dtype=np.uint8)
        size = int(generator.uniform(95, 115)), int(generator.uniform(100, 130))
        skin = skins[generator.integers(len(skins))]
        cv2.ellipse(canvas, (200, 200), size, 0, 0, 360, skin, -1, cv2.LINE_AA)
        apart, eye = int(generator.uniform(32, 45)), int(generator.uniform(9, 16))
        for x in (200 - apart, 200 + apart):
            cv2.circle(canvas, (x, 175), eye, (60, 40, 20), -1, cv2.LINE_AA)
            cv2.circle(canvas, (x + 3, 172), 3, (250, 250, 250), -1, cv2.LINE_AA)
            cv2.ellipse(canvas, (x, 150), (16, 6), 0, 180, 360, (90, 60, 30), 4, cv2.LINE_AA)
        mouth = int(generator.uniform(25, 45)), int(generator.uniform(8, 16))
        cv2.ellipse(canvas, (200, 245), mouth, 0, 0, 180, (160, 50, 50), -1, cv2.LINE_AA)
        yield canvas


def _noise(generator: Generator) -> Iterator[Pixels]:
    """Yield clouds of every scale."""
    while True:
        clouds = cv2.GaussianBlur(
            generator.normal(size=(320, 320, 3)), (0, 0), generator.uniform(1, 40)
        )
        lit = 127 + clouds / clouds.std() * generator.uniform(20, 70)
        yield np.clip(lit, 0, 255).astype(np.uint8)


def textures(folder: Path, generator: Generator) -> Iterator[Pixels]:
    """Yield turned squares of any size from images without people."""
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
_EYES, _TO_BELOW_EYES = _tilted((125, 114), (100, 28)), _tilted((125, 93), (110, 65))
_BELOW_NOSE, _HALF = _tilted((125, 164), (110, 72)), _tilted((158, 130), (66, 140))
SURFACES: dict[str, Surface] = {
    "shaded": _one_colour,
    "skin": _skin,
    "stripes": _stripes,
    "mottled": _mottled,
    "pleats": _pleats,
    "fingers": _fingers,
}
OUTLINES: dict[str, Outline] = {
    "eyes": _EYES,
    "down to below the eyes": _TO_BELOW_EYES,
    "below the nose": _BELOW_NOSE,
    "mask": _mask_outline,
    "hand": _hand_outline,
    "half": _HALF,
}
# Made from photographs of people.
CHANGES: dict[str, Change] = {
    "plain board below the nose": _board(slice(128, 200), slice(70, 180)),
    "plain bar over the eyes": _board(slice(100, 128), slice(75, 175)),
    "plain board down to below the eyes": _board(slice(60, 125), slice(70, 180)),
    "one half covered": _board(slice(60, 200), slice(125, 190)),
    "shaded board over one half": held(_HALF, _one_colour),
    "skin-coloured board below the nose": held(_BELOW_NOSE, _skin),
    "skin-coloured bar over the eyes": held(_EYES, _skin),
    "striped bar over the eyes": held(_EYES, _stripes),
    "mottled board down to below the eyes": held(_TO_BELOW_EYES, _mottled),
    "mask with pleats": held(_mask_outline, _pleats),
    "hand before the mouth": held(_hand_outline, _fingers),
    "left half in the frame": _cut(_ALL, _LEFT),
    "right half in the frame": _cut(_ALL, _RIGHT),
    "upper half in the frame": _cut(slice(0, 130), _ALL),
    "lower half in the frame": _cut(slice(120, None), _ALL),
    "parts of the face shuffled": _shuffled,
    "upside down in an upright head": _flipped,
    "background, the face filled in": _background,
    "pencil drawing": _pencil,
    "painting": _painted,
    "watercolour": _watercolour,
    "cartoon": _cartoon,
    "two tones": _two_tones,
    "four tones of each colour": _in_tones(4),
    "eight tones of each colour": _in_tones(8),
}
# Made from nothing.
DRAWINGS: dict[str, Callable[[Generator], Iterator[Pixels]]] = {
    "drawn from shapes": drawn,
    "drawn from shapes, through a camera": _drawn_seen,
    "drawn from shapes, shaded": _drawn_shaded,
    "emoji": _emoji,
    "noise": _noise,
}
