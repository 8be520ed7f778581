"""A photograph as a colour print: four halftone screens of ink on paper."""

from functools import cache
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.synthetic.cards import Pixels

# The customary angles of the screens of cyan, magenta, yellow and black, in degrees: 30 degrees
# apart, except for yellow, whose rosettes nobody sees.
_ANGLES = (15.0, 75.0, 0.0, 45.0)
# The light that each ink leaves, of red, green and blue.
_INKS = np.array(
    [(0.10, 0.62, 0.85), (0.80, 0.14, 0.45), (0.97, 0.90, 0.12), (0.10, 0.10, 0.11)],
    dtype=np.float32,
)
_BORDER = 0.05  # the white margin, as a share of the print's height
_FIBRES = 0.02  # standard deviation of the paper's brightness


def render(picture: Pixels, rng: np.random.Generator, *, border: bool = True) -> Pixels:
    """Return the print: uint8, (height, width, 3), RGB, larger by its white margin.

    Args:
        picture: uint8, (height, width, 3), RGB, at the resolution of the print: the pitch of the
            halftone is 3.2 to 4.5 of its pixels.
        border: False for a print without margin.
    """
    pitch = rng.uniform(3.2, 4.5)
    margin = round(_BORDER * picture.shape[0]) if border else 0
    light = np.pad(
        halftone(picture, pitch=pitch),
        ((margin, margin), (margin, margin), (0, 0)),
        constant_values=1.0,
    )
    paper = _paper(light.shape[0], light.shape[1], rng)
    return np.asarray(np.clip(light * paper * 255, 0, 255), dtype=np.uint8)


def halftone(picture: Pixels, *, pitch: float) -> NDArray[np.float32]:
    """Return the light that a print of dots reflects: float32, (height, width, 3), 0..1.

    Each ink is on or off. Its share of a cell of ``pitch`` pixels is the share of ink that the
    picture asks for (full replacement of grey by black).
    """
    colour = 1 - picture.astype(np.float32) / 255
    black = colour.min(axis=2)
    shares = [(colour[..., channel] - black) / np.maximum(1 - black, 1e-3) for channel in range(3)]
    light = np.ones(picture.shape, dtype=np.float32)
    for ink, share, angle in zip(_INKS, [*shares, black], _ANGLES, strict=True):
        dots = share > _screen(picture.shape[0], picture.shape[1], pitch, angle)
        light *= np.where(dots[..., None], ink, np.float32(1))
    return light


def _screen(height: int, width: int, pitch: float, angle: float) -> NDArray[np.float32]:
    """Return the thresholds of a screen of round dots, spread evenly over 0..1."""
    turn = radians(angle)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    along, across = x * cos(turn) + y * sin(turn), y * cos(turn) - x * sin(turn)
    waves = np.cos(2 * np.pi / pitch * along) + np.cos(2 * np.pi / pitch * across)
    table = _thresholds()
    return np.asarray(table[((waves + 2) * ((len(table) - 1) / 4)).astype(np.int16)])


@cache
def _thresholds() -> NDArray[np.float32]:
    """Return the share of a cell that lies above the sum of two cosines, for sums from -2 to 2."""
    cell = np.cos(2 * np.pi * (np.arange(64) + 0.5) / 64)
    sums = np.sort((cell[:, None] + cell).ravel())
    below = np.searchsorted(sums, np.linspace(-2, 2, 1024)) / len(sums)
    # Strictly less than 1: a picture without light is all ink.
    return np.asarray(np.minimum(1 - below, 0.999), dtype=np.float32)


def _paper(height: int, width: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the light that blank paper reflects: fibres, and the uneven light of a room."""
    noise = rng.normal(0, 1, (height, width)).astype(np.float32)
    soft = np.asarray(cv2.GaussianBlur(noise, (0, 0), 1.2), dtype=np.float32)
    fibres = soft * np.float32(_FIBRES / soft.std())
    shade = rng.normal(0, 0.03, (4, 3)).astype(np.float32)
    uneven = cv2.resize(shade, (width, height), interpolation=cv2.INTER_CUBIC)
    white = np.array([0.95, 0.94, 0.91], dtype=np.float32) * rng.uniform(0.88, 1.0)
    return np.asarray((1 + fibres + uneven)[..., None] * white, dtype=np.float32)
