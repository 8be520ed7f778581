"""A flat picture held before a camera: where it is, and the frame that the camera makes of it.

The camera is a pinhole with a focal length of 1.2 times the frame's longer side, about that of a
phone's front camera (an angle of view of 45 degrees).
"""

from dataclasses import dataclass
from math import cos, radians, sin
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.types import Box

Pixels = NDArray[np.uint8]
Light = NDArray[np.float32]

FRAME_WIDTH, FRAME_HEIGHT = 480, 640
_FOCAL = 1.2 * FRAME_HEIGHT
# Frames are drawn at twice their size and averaged: a sensor's pixel has an area. The card itself
# is sampled at points, so a fine grid on it beats with the sensor's: moire.
_OVERSAMPLING = 2
_LENS_BLUR = 0.7  # standard deviation in pixels
_SENSOR_NOISE = 2.0  # standard deviation in grey levels


@dataclass(frozen=True, slots=True)
class Portrait:
    """A photograph with one face.

    Attributes:
        pixels: uint8, (height, width, 3), RGB.
        box: the face.
        mesh: float32, (468, 3): its mesh (`engine.stages.landmarks.Mesh.points`).
    """

    pixels: Pixels
    box: Box
    mesh: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Placement:
    """The place of a card before the camera.

    Attributes:
        x, y: the card's centre, as shares of the frame's width and height.
        height: of the upright card, as a share of the frame's height.
        yaw, pitch, roll: turns about the vertical, the horizontal and the viewing axis, in degrees.
    """

    x: float = 0.5
    y: float = 0.5
    height: float = 0.7
    yaw: float = 0.0
    pitch: float = 0.0
    roll: float = 0.0


def cut(portrait: Portrait, *, heads_wide: float, heads_high: float, height: int) -> Pixels:
    """Return the surroundings of the face, scaled to ``height`` rows.

    Args:
        heads_wide, heads_high: the size of the cut, in boxes of the face. Missing surroundings
            are drawn from the photograph's edge.
    """
    box, unit = portrait.box, max(portrait.box.width, portrait.box.height)
    middle_x, middle_y = box.x + box.width / 2, box.y + box.height / 2
    scale = height / (heads_high * unit)
    width = round(heads_wide * unit * scale)
    left, top = middle_x - heads_wide * unit / 2, middle_y - heads_high * unit / 2
    move = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
    source = (
        cv2.GaussianBlur(portrait.pixels, (0, 0), 0.5 / scale) if scale < 1 else portrait.pixels
    )
    return _pixels(
        cv2.warpAffine(
            source, move, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
    )


def corners(aspect: float, placement: Placement) -> NDArray[np.float32]:
    """Return the card's corners in pixels of the frame: float32, (4, 2), clockwise from top left.

    Args:
        aspect: the card's width divided by its height.
    """
    half_high = placement.height * FRAME_HEIGHT / 2
    half_wide = half_high * aspect
    flat = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * (half_wide, half_high)
    solid = np.column_stack([flat, np.zeros(4)]) @ _rotation(placement).T
    # A card of this size in the image plane: one focal length away.
    nearness = _FOCAL / (_FOCAL + solid[:, 2:])
    middle = (placement.x * FRAME_WIDTH, placement.y * FRAME_HEIGHT)
    return np.asarray(solid[:, :2] * nearness + middle, dtype=np.float32)


def photograph(
    card: Pixels | Light, placement: Placement, background: Pixels, rng: np.random.Generator
) -> Pixels:
    """Return the frame that a camera takes of a card: uint8, (FRAME_HEIGHT, FRAME_WIDTH, 3).

    Args:
        card: (height, width, 3), RGB, the light of each of its points in grey levels. A point may
            be brighter than 255: only the mean over a sensor's pixel is limited.
        background: of the frame's size.
    """
    height, width = card.shape[:2]
    size = (FRAME_WIDTH * _OVERSAMPLING, FRAME_HEIGHT * _OVERSAMPLING)
    own = np.array([(0, 0), (width, 0), (width, height), (0, height)], dtype=np.float32)
    seen = corners(width / height, placement) * _OVERSAMPLING
    drawn = cv2.resize(background.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    cv2.warpPerspective(
        card.astype(np.float32, copy=False),
        cv2.getPerspectiveTransform(own, seen),
        size,
        dst=drawn,
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_TRANSPARENT,
    )
    frame = cv2.resize(drawn, (FRAME_WIDTH, FRAME_HEIGHT), interpolation=cv2.INTER_AREA)
    return _through_camera(frame, rng)


def wall(rng: np.random.Generator) -> Pixels:
    """Return a plain background with uneven light: uint8, (FRAME_HEIGHT, FRAME_WIDTH, 3)."""
    colour = rng.uniform(90, 190) + rng.uniform(-18, 18, 3)
    coarse = rng.normal(0, 14, (8, 6, 1)) + rng.normal(0, 3, (8, 6, 3))
    light = cv2.resize(coarse, (FRAME_WIDTH, FRAME_HEIGHT), interpolation=cv2.INTER_CUBIC)
    return _pixels(light + colour)


def _through_camera(frame: NDArray[Any], rng: np.random.Generator) -> Pixels:
    soft = cv2.GaussianBlur(frame, (0, 0), _LENS_BLUR)
    return _pixels(soft + rng.normal(0, _SENSOR_NOISE, soft.shape))


def _rotation(placement: Placement) -> NDArray[np.float64]:
    yaw, pitch, roll = (radians(a) for a in (placement.yaw, placement.pitch, placement.roll))
    about_y = np.array([[cos(yaw), 0, sin(yaw)], [0, 1, 0], [-sin(yaw), 0, cos(yaw)]])
    about_x = np.array([[1, 0, 0], [0, cos(pitch), -sin(pitch)], [0, sin(pitch), cos(pitch)]])
    about_z = np.array([[cos(roll), -sin(roll), 0], [sin(roll), cos(roll), 0], [0, 0, 1]])
    return np.asarray(about_z @ about_x @ about_y)


def _pixels(values: NDArray[Any]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), dtype=np.uint8)
