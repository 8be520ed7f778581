"""An image wider than it was taken is refused: stretched strangers look alike."""

import cv2
import numpy as np
import pytest

from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Wants
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine
PORTRAITS = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"]


def presence(name: str, stretch: float) -> float:
    pixels = pictures.read(photo(name))
    height, width = pixels.shape[:2]
    shown = np.asarray(cv2.resize(pixels, (round(width * stretch), height)), dtype=np.uint8)
    face = LocalEngine(lanes=1).analyze(decode(pictures.to_jpeg(shown)), wants=Wants()).face
    return 0.0 if face is None else face.presence


@pytest.mark.parametrize("name", PORTRAITS)
def test_no_face_is_where_an_image_is_stretched(name):
    assert presence(name, 1.0) > 0.99
    assert presence(name, 2.0) == 0
