"""A photograph on the screen of a phone, tablet or monitor."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation.synthetic.cards import Light, Pixels

# Each pixel of the panel is drawn as 3 x 3: a red, a green and a blue stripe, the lowest row dark.
_CELL = 3
_LEAK = 0.18  # light between the stripes
_BEZEL = 0.035  # as a share of the device's height
# Backlight is bluer than daylight, and black on a screen shines.
_WHITE = np.array([0.94, 0.98, 1.04], dtype=np.float32)
_BLACK = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class Device:
    """A device as it lies in the light of a room.

    Attributes:
        bands: the number of bright bands that a rolling shutter sees on the panel.
        band_depth: their strength, as a share of the light.
        glare: float32, (height, width), light reflected by the glass, as a share of white.
        bezel: the grey level of its frame; None for a panel whose frame is out of sight.
    """

    bands: float
    band_depth: float
    glare: Light
    bezel: int | None


def draw_device(rng: np.random.Generator, *, bezel: bool = True) -> Device:
    """Return a device with drawn properties."""
    return Device(
        bands=rng.uniform(2, 7),
        band_depth=rng.uniform(0.01, 0.06),
        glare=_glare(rng),
        bezel=int(rng.integers(8, 30)) if bezel else None,
    )


def render(picture: Pixels, device: Device, *, phase: float = 0.0) -> Light:
    """Return the light of the device in grey levels: float32, three times as high and wide as the
    picture, plus its bezel.

    Args:
        picture: uint8, (height, width, 3), RGB, at the resolution of the panel.
        phase: of the bands, 0..1; it differs from frame to frame.
    """
    panel = subpixels(picture)
    height, width = panel.shape[:2]
    rows = np.linspace(0, device.bands, height, dtype=np.float32) + np.float32(phase)
    panel *= (1 + device.band_depth * np.sin(2 * np.pi * rows))[:, None, None]
    panel += 255 * cv2.resize(device.glare, (width, height))[..., None]
    if device.bezel is None:
        return panel
    side = round(_BEZEL * height)
    grey = (float(device.bezel),) * 3
    return np.asarray(
        cv2.copyMakeBorder(panel, 2 * side, 2 * side, side, side, cv2.BORDER_CONSTANT, value=grey)
    )


def subpixels(picture: Pixels) -> Light:
    """Return the light of the panel's stripes: float32, (3 height, 3 width, 3), in grey levels.

    The mean light of a cell is that of its pixel, but for the panel's black and white.
    """
    light = (picture.astype(np.float32) * (1 - _BLACK) + 255 * _BLACK) * _WHITE
    mask = np.full((_CELL, _CELL, 3), _LEAK, dtype=np.float32)
    for stripe in range(3):
        mask[: _CELL - 1, stripe, stripe] = 1
    mask /= mask.mean(axis=(0, 1))
    height, width = picture.shape[:2]
    cells = light[:, None, :, None] * mask[None, :, None]
    return np.asarray(cells.reshape(_CELL * height, _CELL * width, 3))


def _glare(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return the reflected light of the room: a veil, and the soft image of a lamp or window."""
    y, x = np.mgrid[:64, :48].astype(np.float32) / 64
    middle_x, middle_y = rng.uniform(0, 0.75), rng.uniform(0, 1)
    wide, high = rng.uniform(0.05, 0.25, 2)
    lamp = np.exp(-(((x - middle_x) / wide) ** 2) - ((y - middle_y) / high) ** 2)
    return np.asarray(rng.uniform(0, 0.03) + rng.uniform(0, 0.35) * lamp, dtype=np.float32)
