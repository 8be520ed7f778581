"""BlazeFace finds every face once and in its place, in frames of all sizes."""

from dataclasses import replace

import numpy as np
import pytest

from faceplatform.engine.stages.detection import _FAR, SCORE_THRESHOLD, BlazeFacePair, _BlazeFace
from faceplatform.engine.stages.faces import relevant_faces
from tests import pictures
from tests.photographs import photo, shared

pytestmark = pytest.mark.real_engine

# The pupils, image-left and image-right, read from the photographs by eye (pixels, +- 3).
EYES = {
    "obama.jpg": ((445, 213), (549, 212)),
    "biden.jpg": ((530, 324), (652, 348)),
    "astronaut.png": ((204, 102), (247, 104)),
}


@pytest.fixture(params=EYES)
def name(request):
    return request.param


def test_one_face_where_it_is(detector, name):
    (face,) = detector.detect(pictures.read(photo(name)))
    eyes = np.array(EYES[name])
    apart = np.linalg.norm(eyes[1] - eyes[0])
    assert np.abs(face.keypoints[:2] - eyes).max() < 0.15 * apart
    left, right = face.box.x, face.box.x + face.box.width
    assert left < eyes[0, 0] < eyes[1, 0] < right
    assert 1.8 * apart < face.box.width < 3 * apart
    assert face.box.confidence > 0.8


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0])
def test_the_box_follows_the_resolution(detector, name, factor):
    pixels = pictures.read(photo(name))
    (face,) = detector.detect(pixels)
    (scaled,) = detector.detect(pictures.resize(pixels, factor))
    tolerance = 0.05 * face.box.width
    assert scaled.box.x / factor == pytest.approx(face.box.x, abs=tolerance)
    assert scaled.box.y / factor == pytest.approx(face.box.y, abs=tolerance)
    assert scaled.box.width / factor == pytest.approx(face.box.width, abs=tolerance)


def test_mirrored(detector, name):
    pixels = pictures.read(photo(name))
    (face,) = detector.detect(pixels)
    (mirrored,) = detector.detect(pictures.mirrored(pixels))
    centre = pixels.shape[1] - (face.box.x + face.box.width / 2)
    assert mirrored.box.x + mirrored.box.width / 2 == pytest.approx(centre, abs=8)


def test_a_face_that_fills_the_frame(detector):
    pixels = pictures.read(photo("obama.jpg"))[200:540, 290:630]
    (face,) = detector.detect(np.ascontiguousarray(pixels))
    assert face.box.width > 200


def test_a_small_face(detector):
    """64 px of face in a frame of 640."""
    pixels = pictures.shrink_in_place(pictures.read(photo("astronaut.png")), 0.5)
    (face,) = detector.detect(pixels)
    assert 40 < face.box.width < 70


def test_two_faces_widest_first(detector):
    both = pictures.side_by_side(
        pictures.crop(pictures.read(photo("obama.jpg")), 0, 0, 1, 0.8),
        pictures.crop(pictures.read(photo("biden.jpg")), 0, 0.1, 1, 0.5),
    )
    faces = detector.detect(both)
    assert len(faces) == 2
    assert faces[0].box.width >= faces[1].box.width


@pytest.mark.parametrize(
    "pixels",
    [pictures.plain(640, 480), pictures.noise(640, 480), pictures.plain(64, 64, (0, 0, 0))],
    ids=["plain", "noise", "black"],
)
def test_no_face(detector, pixels):
    assert detector.detect(pixels) == []


@pytest.mark.parametrize("shape", [(64, 2000), (2000, 64), (65, 67)])
def test_odd_shapes_do_not_break_it(detector, shape):
    detector.detect(pictures.noise(shape[1], shape[0]))


@pytest.mark.shared_photos
@pytest.mark.parametrize("photograph", ["two_faces.jpg", "obama_and_biden.jpg"])
def test_photographs_of_several(detector, face_mesh, photograph):
    pixels = pictures.read(shared(f"faces/odd/{photograph}"))
    assert len(relevant_faces(pixels, detector.detect(pixels), face_mesh)) >= 2


@pytest.fixture(scope="module")
def in_floats():
    """Return the detector with the far net as published."""
    pair = BlazeFacePair()
    pair._far = _BlazeFace(replace(_FAR, weights="blazeface_back", threshold=SCORE_THRESHOLD))
    return pair


@pytest.mark.parametrize("factor", [0.4, 0.6, 1.0])
def test_whole_numbers_find_what_floats_find(detector, in_floats, name, factor):
    pixels = pictures.shrink_in_place(pictures.read(photo(name)), factor)
    (whole,), (real,) = detector.detect(pixels), in_floats.detect(pixels)
    tolerance = 0.03 * real.box.width
    assert whole.box.x == pytest.approx(real.box.x, abs=tolerance)
    assert whole.box.y == pytest.approx(real.box.y, abs=tolerance)
    assert whole.box.width == pytest.approx(real.box.width, abs=tolerance)
    assert whole.box.confidence == pytest.approx(real.box.confidence, abs=0.05)
    assert np.abs(whole.keypoints - real.keypoints).max() < tolerance


# Which faces count --------------------------------------------------------------------------


def _counting(pixels, detector, face_mesh):
    return relevant_faces(pixels, detector.detect(pixels), face_mesh)


def test_nobody_counts_where_nobody_is(detector, face_mesh):
    assert _counting(pictures.plain(320, 240), detector, face_mesh) == []


def test_a_bystander_does_not_count(detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg")).copy()
    person = pictures.resize(pictures.crop(pixels, 0.2, 0.1, 0.8, 0.6), 0.25)
    pixels[20 : 20 + person.shape[0], 20 : 20 + person.shape[1]] = person
    assert len(detector.detect(pixels)) == 2
    assert len(_counting(pixels, detector, face_mesh)) == 1


def test_a_second_face_of_half_the_size_counts(detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg")).copy()
    person = pictures.resize(pictures.crop(pixels, 0.2, 0.1, 0.8, 0.6), 0.5)
    pixels[20 : 20 + person.shape[0], 20 : 20 + person.shape[1]] = person
    assert len(_counting(pixels, detector, face_mesh)) == 2


@pytest.mark.parametrize("name", ["biden.jpg", "obama3.jpg"])
def test_a_tiny_face_counts_once(detector, face_mesh, name):
    """The detector finds the upper and the lower half of one small face."""
    pixels = pictures.shrink_in_place(pictures.read(photo(name)), 0.2)
    assert len(detector.detect(pixels)) > 1
    assert len(_counting(pixels, detector, face_mesh)) == 1


def test_a_false_detection_does_not_count(detector, face_mesh):
    pixels = pictures.rotated(pictures.read(photo("obama3.jpg")), 45)
    widest = detector.detect(pixels)[0]
    assert face_mesh.measure(pixels, widest).presence < 0.1
    (face,) = _counting(pixels, detector, face_mesh)
    assert face.confirmed
    assert face.detection is not widest
