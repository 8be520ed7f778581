"""Photographs as a camera takes them in less light, or out of focus."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Condition = Callable[[Pixels, float, np.random.Generator], Pixels]

# A small sensor, as phones and webcams have: electrons at white in full light, and those that
# reading adds as noise.
_WELL, _READ_NOISE = 4000.0, 5.0
_GAMMA = 2.2
_JPEG_QUALITY = 90

# The blur is told for a face of this eye distance, and scaled to the face in the picture.
BLUR_EYE_DISTANCE = 115.0


def dimmed(pixels: Pixels, share: float, generator: np.random.Generator) -> Pixels:
    """Return the RGB frame as taken in this share of the light: with the sensor's noise, as a JPEG.

    The share is of the light, not of the values: these are its power of 1 / 2.2.
    """
    electrons = (pixels / 255.0) ** _GAMMA * (share * _WELL)
    seen = generator.poisson(electrons) + generator.normal(0, _READ_NOISE, pixels.shape)
    values = np.clip(seen / _WELL, 0, 1) ** (1 / _GAMMA) * 255
    rounded = np.round(values).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", rounded, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _light(share: float) -> Condition:
    return lambda pixels, _eyes, generator: dimmed(pixels, share, generator)


def _blur(deviation: float) -> Condition:
    def blurred(pixels: Pixels, eye_distance: float, _generator: np.random.Generator) -> Pixels:
        scaled = deviation * eye_distance / BLUR_EYE_DISTANCE
        return np.asarray(cv2.GaussianBlur(pixels, (0, 0), scaled), dtype=np.uint8)

    return blurred


# Each takes the RGB frame, the distance of the eyes in pixels, and the generator of noise.
CONDITIONS: dict[str, Condition] = {
    "as taken": lambda pixels, _eyes, _generator: pixels,
    "a quarter of the light": _light(1 / 4),
    "an eighth": _light(1 / 8),
    "a thirty-second": _light(1 / 32),
    "blur of 2 px at 115 px between the eyes": _blur(2),
    "blur of 4 px": _blur(4),
}
