"""Kinds that oddness is learned from, besides those of `non_face_kinds`: covers, and photographs.

Covers are surfaces of several kinds in several outlines. Photographs are changed as other cameras,
codecs and light change them: their faces must not be found odd.
"""

from collections.abc import Callable

import cv2
import numpy as np

from bench import non_face_kinds as kinds
from bench.non_face_kinds import Change, Generator, Layer, Outline, Pixels, Surface

_SIDE = 250  # of LFW's photographs


def _two_colours(marked: Callable[[Layer, Layer, Generator], Layer]) -> Surface:
    """Return a surface of two colours, one where ``marked`` of row and column is positive."""

    def surface(_pixels: Pixels, generator: Generator) -> Layer:
        down, across = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
        on = marked(down, across, generator) > 0
        colours = [np.array(kinds.any_colour(generator)) for _ in range(2)]
        return np.asarray(np.where(on[..., None], *colours), np.float32)

    return surface


def _dots(down: Layer, across: Layer, generator: Generator) -> Layer:
    apart = generator.uniform(4, 12)
    off = np.hypot(down % apart - apart / 2, across % apart - apart / 2)
    return np.asarray(0.3 * apart - off, np.float32)


def _checks(down: Layer, across: Layer, generator: Generator) -> Layer:
    side = generator.uniform(3, 14)
    return np.asarray((down // side + across // side) % 2, np.float32)


def _text(_pixels: Pixels, generator: Generator) -> Layer:
    """Return lines of letters on paper."""
    paper = np.full((_SIDE, _SIDE, 3), generator.uniform(200, 255), np.uint8)
    for row in range(6, _SIDE, int(generator.integers(6, 12))):
        letters = "".join(chr(97 + i) if i < 26 else " " for i in generator.integers(0, 30, 60))
        start = (int(generator.integers(-20, 0)), row)
        cv2.putText(paper, letters, start, cv2.FONT_HERSHEY_SIMPLEX, 0.3, (30, 30, 30), 1)
    return np.asarray(paper, np.float32)


def _folds(pixels: Pixels, generator: Generator) -> Layer:
    """Return cloth of one colour."""
    light = cv2.GaussianBlur(
        generator.normal(size=(_SIDE, _SIDE)),
        (0, 0),
        sigmaX=generator.uniform(2, 5),
        sigmaY=generator.uniform(8, 20),
    )
    folded = 1 + 0.15 * (light / light.std())[..., None]
    lit = kinds.SURFACES["shaded"](pixels, generator) * folded
    return np.asarray(np.clip(lit, 0, 255), np.float32)


def _recoded(extension: str, *quality: int) -> Change:
    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        _, encoded = cv2.imencode(extension, pixels, quality)
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)

    return change


def _lit(factor: float, middle: float) -> Change:
    """Return a change of contrast about a value of the pixels."""

    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        return np.asarray(np.clip((pixels - middle) * factor + middle, 0, 255), dtype=np.uint8)

    return change


def _resized(factor: float, interpolation: int) -> Change:
    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        resized = cv2.resize(pixels, None, fx=factor, fy=factor, interpolation=interpolation)
        return np.asarray(resized, dtype=np.uint8)

    return change


def _smoothed(times: int) -> Change:
    """Return the filter of cameras that smooth the skin."""

    def change(pixels: Pixels, _generator: Generator) -> Pixels:
        for _ in range(times):
            pixels = np.asarray(cv2.bilateralFilter(pixels, 9, 40, 5), dtype=np.uint8)
        return pixels

    return change


def _noisy(pixels: Pixels, generator: Generator) -> Pixels:
    return np.clip(pixels + generator.normal(0, 8, pixels.shape), 0, 255).astype(np.uint8)


def _grey(pixels: Pixels, _generator: Generator) -> Pixels:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2).astype(
        np.uint8
    )


def _sharpened(pixels: Pixels, _generator: Generator) -> Pixels:
    detail = pixels.astype(float) - cv2.GaussianBlur(pixels, (0, 0), 1.2)
    return np.asarray(np.clip(pixels + detail, 0, 255), dtype=np.uint8)


def _blurred(pixels: Pixels, _generator: Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), 1.0), dtype=np.uint8)


_SURFACES: dict[str, Surface] = {
    "stripes": kinds.SURFACES["stripes"],
    "mottled": kinds.SURFACES["mottled"],
    "pleats": kinds.SURFACES["pleats"],
    "fingers": kinds.SURFACES["fingers"],
    "dots": _two_colours(_dots),
    "checks": _two_colours(_checks),
    "text": _text,
    "folds": _folds,
}
_OUTLINES: dict[str, Outline] = kinds.OUTLINES
COVERS: dict[str, Change] = {
    f"{outline}: {surface}": kinds.held(_OUTLINES[outline], _SURFACES[surface])
    for outline in _OUTLINES
    for surface in _SURFACES
}
PHOTOGRAPHS: dict[str, Change] = {
    "JPEG of quality 12": _recoded(".jpg", cv2.IMWRITE_JPEG_QUALITY, 12),
    "JPEG of quality 30": _recoded(".jpg", cv2.IMWRITE_JPEG_QUALITY, 30),
    "WebP of quality 5": _recoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 5),
    "smoothed": _smoothed(1),
    "smoothed twice": _smoothed(2),
    "noisy": _noisy,
    "1.4 times the light": _lit(1.4, 0.0),
    "half the light": _lit(0.5, 0.0),
    "0.6 of the contrast": _lit(0.6, 128.0),
    "grey": _grey,
    "sharpened": _sharpened,
    "enlarged": _resized(2, cv2.INTER_CUBIC),
    "blurred": _blurred,
    "reduced": _resized(0.8, cv2.INTER_AREA),
}
