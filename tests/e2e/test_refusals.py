"""Every reason to refuse a frame has an image that causes it, and no other reason."""

import cv2
import numpy as np
import pytest

from bench.conditions import dimmed
from faceplatform.sessions.reasons import ADVICE, Reason
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def covered(pixels, box):
    """Return the face behind a plain board, up to the eyebrows."""
    left, right = int(box["x"]) - 30, int(box["x"] + box["width"]) + 30
    top, bottom = int(box["y"] + 0.2 * box["height"]), int(box["y"] + 1.15 * box["height"])
    board = pixels.copy()
    board[top:bottom, left:right] = (220, 220, 220)
    return board


FAULTS = {
    Reason.NO_FACE: lambda face: pictures.plain(640, 480),
    Reason.MULTIPLE_FACES: lambda face: pictures.side_by_side(
        face, pictures.read(photo("biden.jpg"))
    ),
    Reason.FACE_CUT_OFF: lambda face: pictures.read(photo("obama_partial_face.jpg")),
    Reason.FACE_TOO_SMALL: lambda face: pictures.shrink_in_place(face, 0.2),
    Reason.PICTURE_TURNED: lambda face: pictures.rotated(face, 60),
    Reason.TOO_DARK: lambda face: pictures.darken(face, 0.03),
    Reason.TOO_BRIGHT: lambda face: pictures.brighten(face, 4),
    Reason.LOW_CONTRAST: lambda face: pictures.flatten(face, 0.12),
    Reason.BLURRED: lambda face: pictures.blur(face, 8),
}


def refused(api, data: bytes) -> dict:
    token = api.open_enrollment().json()["session_token"]
    response = api.post_frame(token, data)
    assert response.status_code == 200
    answer = response.json()
    assert answer["success"] is False
    assert answer["frame_accepted"] is False
    assert answer["requires_more_frames"] is True
    assert answer["samples_collected"] == 0
    assert answer["advice"] == ADVICE[answer["reason"]]
    return answer


@pytest.mark.parametrize("reason", FAULTS)
def test_each_fault_has_its_own_reason(api, reason):
    picture = FAULTS[reason](pictures.read(photo("obama.jpg")))
    assert refused(api, pictures.to_jpeg(picture))["reason"] == reason


def test_the_image_without_a_fault_is_accepted(api):
    token = api.open_enrollment().json()["session_token"]
    answer = api.post_frame(token, photo("obama.jpg").read_bytes()).json()
    assert answer["reason"] == "accepted"
    assert answer["quality_score"] > 0.9


def test_a_covered_face(api):
    face = pictures.read(photo("obama.jpg"))
    token = api.open_enrollment().json()["session_token"]
    box = api.post_frame(token, pictures.to_jpeg(face)).json()["face"]["box"]
    answer = refused(api, pictures.to_jpeg(covered(face, box)))
    assert answer["reason"] == "face_unclear"


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("two_faces.jpg", "multiple_faces"),
        ("obama_and_biden.jpg", "multiple_faces"),
        ("partial_face.jpg", "face_cut_off"),
    ],
)
def test_odd_photographs(api, name, reason):
    data = shared(f"faces/odd/{name}").read_bytes()
    assert refused(api, data)["reason"] == reason


@pytest.mark.shared_photos
@pytest.mark.parametrize("name", ["Kevin_Costner_0002", "Steffi_Graf_0004"])
def test_dark_glasses(api, name):
    data = shared(f"faces/lfw_whole/{name[:-5]}/{name}.jpg").read_bytes()
    assert refused(api, data)["reason"] == "eyes_covered"


@pytest.mark.shared_photos
@pytest.mark.parametrize("name", ["Kofi_Annan_0003", "Amelia_Vega_0006"])
def test_a_dark_face_in_the_dark_is_not_told_to_uncover_itself(api, name):
    face = pictures.read(shared(f"faces/lfw_whole/{name[:-5]}/{name}.jpg"))
    dark = dimmed(face, 1 / 32, np.random.default_rng(0))
    assert refused(api, pictures.to_png(dark))["reason"] == "too_dark"


@pytest.mark.shared_photos
def test_a_person_who_really_looks_away(api):
    video = cv2.VideoCapture(str(shared("faces/video/short_hamilton_clip.mp4")))
    video.set(cv2.CAP_PROP_POS_FRAMES, 250)
    _, frame = video.read()
    person = np.ascontiguousarray(frame[0:195, 261:460, ::-1])
    answer = refused(api, pictures.to_jpeg(pictures.resize(person, 2.5)))
    assert answer["reason"] == "face_turned"
    assert abs(answer["face"]["pose"]["yaw"]) > 40


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("empty.png", 400, "image_empty"),
        ("corrupted.png", 400, "image_truncated"),
        ("truncated.jpg", 400, "image_truncated"),
    ],
)
def test_damaged_files(api, name, status, code):
    data = {
        "empty.png": b"",
        "corrupted.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "truncated.jpg": photo("obama.jpg").read_bytes()[:20_000],
    }[name]
    token = api.open_enrollment().json()["session_token"]
    response = api.post_frame(token, data)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert api.session(token).json()["frames_received"] == 1
