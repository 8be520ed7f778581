"""Made sequences: a photograph moved in front of a still camera."""

from collections.abc import Iterator
from math import cos, pi, sin

import cv2
import numpy as np

from tests.pictures import Pixels


def moved(
    portrait: Pixels, count: int, *, size: tuple[int, int] = (640, 480), shake: float = 1.0
) -> Iterator[Pixels]:
    """Yield frames (width, height = size) of a portrait on a path: aside, up and down, closer and
    away, tilted; a round takes 24 frames.

    Args:
        shake: factor of all its movements; 1 is as fast as people move in front of a webcam at ten
            frames a second.
    """
    height, width = portrait.shape[:2]
    fit = 0.8 * size[1] / height
    for number in range(count):
        phase = 2 * pi * number / 24
        scale = fit * (1 + 0.15 * shake * sin(phase))
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 8 * shake * sin(2 * phase), scale)
        matrix[0, 2] += (size[0] - width) / 2 + 60 * shake * cos(phase)
        matrix[1, 2] += (size[1] - height) / 2 + 25 * shake * sin(3 * phase)
        yield np.asarray(
            cv2.warpAffine(portrait, matrix, size, flags=cv2.INTER_AREA, borderValue=(90, 110, 90)),
            dtype=np.uint8,
        )
