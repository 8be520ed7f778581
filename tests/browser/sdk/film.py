"""Films for the browser's fake camera, made of photographs."""

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEIGHT = 640, 480
_FRAMES = 30
# Pixels that the picture drifts to each side, as of a person who does not hold still.
_DRIFT = 6


def write_film(file: Path, photo: Path, *, face: tuple[float, float, float]) -> None:
    """Write a film in Motion JPEG: the photograph, drifting.

    Args:
        face: its centre, from the left and from the top, and its width, all as shares of the
            photograph's width and height, and width. The film shows it a third as wide as a frame.
    """
    picture = cv2.imread(str(photo))
    if picture is None:
        raise ValueError(f"{photo} is no photograph")
    height, width = picture.shape[:2]
    scale = _WIDTH / 3 / (face[2] * width)
    centre = (face[0] * width * scale, face[1] * height * scale)
    frames = (_frame(picture, scale, centre, 2 * math.pi * i / _FRAMES) for i in range(_FRAMES))
    # A browser that opens the camera sees the old film or the new one.
    new = file.with_suffix(".new")
    new.write_bytes(b"".join(map(_as_jpeg, frames)))
    new.replace(file)


def _frame(
    picture: NDArray[np.uint8], scale: float, centre: tuple[float, float], at: float
) -> NDArray[np.uint8]:
    across = _WIDTH / 2 - centre[0] + _DRIFT * math.cos(at)
    down = _HEIGHT * 0.48 - centre[1] + _DRIFT * math.sin(2 * at)
    move = np.array([[scale, 0, across], [0, scale, down]])
    return np.asarray(
        cv2.warpAffine(
            picture,
            move,
            (_WIDTH, _HEIGHT),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        dtype=np.uint8,
    )


def _as_jpeg(frame: NDArray[np.uint8]) -> bytes:
    done, data = cv2.imencode(".jpg", frame)
    if not done:
        raise ValueError("OpenCV made no JPEG")
    return data.tobytes()
