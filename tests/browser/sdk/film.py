"""Films for the browser's fake camera, made of photographs."""

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.photographs import photo

# The centre of the face, from the left and from the top, and its width: shares of the photograph's
# width, height and width.
_FACES = {"obama.jpg": (0.549, 0.241, 0.275), "biden.jpg": (0.595, 0.17, 0.316)}

_WIDTH, _HEIGHT = 640, 480
# A prime: a page that takes a picture every half second never meets the same few again and again.
_FRAMES = 47
# Pixels that the picture drifts to each side, as of a person who does not hold still.
_DRIFT = 6


class Film:
    """A film in Motion JPEG: a photograph that drifts, the face a third as wide as a frame.

    Attributes:
        file: the browser reads it when it opens its camera.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def show(self, name: str) -> None:
        """Put the person of this photograph before the camera, from its next opening."""
        frames = pictures_of(name)
        # A browser that opens the camera sees the old film or the new one.
        new = self.file.with_suffix(".new")
        new.write_bytes(b"".join(frames))
        new.replace(self.file)


def pictures_of(name: str) -> list[bytes]:
    """Return the pictures of the film of a photograph, as JPEG."""
    read = cv2.imread(str(photo(name)))
    if read is None:
        raise ValueError(f"{name} is no photograph")
    picture = read.astype(np.uint8)
    across, down, wide = _FACES[name]
    height, width = picture.shape[:2]
    scale = _WIDTH / 3 / (wide * width)
    centre = (across * width * scale, down * height * scale)
    return [
        _as_jpeg(_frame(picture, scale, centre, 2 * math.pi * i / _FRAMES)) for i in range(_FRAMES)
    ]


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
