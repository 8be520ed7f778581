"""Drawn and covered faces are refused: those of strangers match each other."""

import cv2
import numpy as np
import pytest

from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.types import Face, Wants
from faceplatform.sessions.reasons import Reason
from faceplatform.system.readiness_image import draw_face
from tests import pictures
from tests.photographs import photo

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def drawn() -> bytes:
    """The face that readiness draws, as large as a policy wants it."""
    pixels = decode(draw_face()).pixels
    return pictures.to_jpeg(np.asarray(cv2.resize(pixels, (640, 640)), np.uint8))


def barred() -> bytes:
    """A bar over the eyes."""
    pixels = pictures.read(photo("obama.jpg")).copy()
    face = measured(pictures.to_jpeg(pixels))
    box = face.box
    top, bottom = int(box.y + 0.17 * box.height), int(box.y + 0.45 * box.height)
    pixels[top:bottom, int(box.x) : int(box.x + box.width)] = (190, 140, 120)
    return pictures.to_jpeg(pixels)


def measured(image: bytes) -> Face:
    face = LocalEngine(lanes=1).analyze(decode(image), wants=Wants()).face
    assert face is not None
    return face


@pytest.mark.parametrize("picture", [drawn, barred])
def test_a_face_that_is_drawn_or_covered(api, picture):
    token = api.open_enrollment().json()["session_token"]
    answer = api.post_frame(token, picture()).json()
    assert answer["frame_accepted"] is False
    assert answer["reason"] == Reason.FACE_UNCLEAR


def test_a_drawn_face_is_measured_all_the_same():
    """So that readiness tries every net."""
    face = measured(draw_face())
    assert face.embedding is not None
    assert face.presence == 0
