"""A turned image is refused as such, and never becomes somebody's template."""

import numpy as np
import pytest

from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import Wants
from faceplatform.sessions.reasons import ADVICE, Reason
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def answer_to(api, pixels) -> dict:
    token = api.open_enrollment().json()["session_token"]
    return api.post_frame(token, pictures.to_jpeg(pixels)).json()


@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg"])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_an_image_on_its_side_or_upside_down(api, name, quarters):
    answer = answer_to(api, pictures.quarter_turns(pictures.read(photo(name)), quarters))
    assert answer["reason"] == "picture_turned"
    assert answer["advice"] == ADVICE[Reason.PICTURE_TURNED]
    assert answer["frame_accepted"] is False
    assert abs(answer["face"]["pose"]["roll"]) > 75


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "astronaut.png"])
def test_by_every_fifteen_degrees(api, name):
    """A little tilt is accepted; any other accepted image shows the face upright."""
    photograph = pictures.read(photo(name))
    photograph = pictures.resize(photograph, 640 / max(photograph.shape))
    for degrees in range(-165, 181, 15):
        answer = answer_to(api, pictures.rotated(photograph, degrees, whole=True))
        if answer["reason"] == "accepted":
            assert abs(degrees) <= 60
            assert answer["face"]["pose"]["roll"] == pytest.approx(degrees, abs=20)
        else:
            assert abs(degrees) > 30


@pytest.mark.shared_photos
@pytest.mark.parametrize("name", ["alex_lacamoire_1", "obama_1", "rose_leslie_1"])
def test_strangers_upside_down(api, name):
    photograph = pictures.read(shared(f"faces/people/{name}.jpg"))
    answer = answer_to(api, pictures.quarter_turns(photograph, 2))
    assert answer["reason"] == "picture_turned"


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    "name", ["alex_lacamoire_1", "kit_harington_2", "obama_1", "obama_2", "rose_leslie_1"]
)
def test_a_face_upside_down_is_still_its_own(name):
    """For policies that allow any pose: the embedding is that of the upright face."""
    photograph = pictures.read(shared(f"faces/people/{name}.jpg"))
    upright, turned = (
        get_engine().analyze(decode(pictures.to_png(pixels)), wants=Wants()).face.embedding
        for pixels in (photograph, pictures.quarter_turns(photograph, 2))
    )
    threshold = get_calibration().threshold(1e-4, template_frames=1, probe_frames=1)
    assert float(np.dot(upright, turned)) > threshold


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("John_Allen_Muhammad/John_Allen_Muhammad_0003", 70),
        ("Naji_Sabri/Naji_Sabri_0008", 65),
        ("Noelle_Bush/Noelle_Bush_0002", 73),
    ],
)
def test_the_face_that_is_measured_is_the_one_that_is_reported(api, name, left):
    """The mesh slides from the half hidden one of two people to the other's face."""
    answer = answer_to(api, pictures.read(shared(f"faces/lfw_whole/{name}.jpg")))
    assert answer["face"]["box"]["x"] == pytest.approx(left, abs=5)
