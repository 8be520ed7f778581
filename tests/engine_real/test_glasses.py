"""Dark glasses are noticed, clear ones and dark faces are not."""

import cv2
import numpy as np
import pytest

from bench.conditions import dimmed
from faceplatform.conf import QualityLimits
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.stages.face_chip import face_chip
from faceplatform.engine.stages.glasses import light_below_eyes
from faceplatform.engine.stages.outlines import EYES
from faceplatform.engine.types import Frame, Wants
from tests import pictures
from tests.photographs import photo, shared

pytestmark = pytest.mark.real_engine

NAMES = ["obama.jpg", "obama3.jpg", "biden.jpg"]
LIMIT = QualityLimits().eyes_uncovered


@pytest.fixture(scope="module")
def eyes_uncovered():
    """Return a function that measures a picture as the engine does."""

    engine = LocalEngine(lanes=1)

    def measured(pixels):
        frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
        face = engine.analyze(frame, wants=Wants(embedding=False)).face
        assert face is not None
        return face.quality.eyes_uncovered

    return measured


@pytest.fixture(scope="module")
def with_glasses(detector, face_mesh):
    """Return a function that draws lenses before the eyes, and a frame around them."""

    def worn(pixels, opacity, colour=(25, 22, 20)):
        points = face_mesh.measure(pixels, detector.detect(pixels)[0]).points[:, :2]
        lenses = np.zeros(pixels.shape[:2], dtype=np.float32)
        rims = lenses.copy()
        for outline in EYES:
            eye = points[outline]
            length = np.linalg.norm(eye.max(axis=0) - eye.min(axis=0))
            middle = tuple(int(v) for v in eye.mean(axis=0) + np.array([0, 0.15 * length]))
            size = (int(0.75 * length), int(0.6 * length))
            cv2.ellipse(lenses, middle, size, 0, 0, 360, (1.0,), -1)
            cv2.ellipse(rims, middle, size, 0, 0, 360, (1.0,), max(1, int(length / 15)))
        share = lenses[..., None] * opacity
        seen = pixels * (1 - share) + np.array(colour) * share
        return np.where(rims[..., None] > 0, 30, seen).astype(np.uint8)

    return worn


@pytest.mark.parametrize("name", NAMES)
def test_the_darker_the_lenses_the_lower(eyes_uncovered, with_glasses, name):
    pixels = pictures.read(photo(name))
    values = [eyes_uncovered(with_glasses(pixels, opacity)) for opacity in (0, 0.3, 0.6, 0.9)]
    assert values == sorted(values, reverse=True)
    assert values[0] == 1, "a frame alone covers nothing"
    assert values[1] >= LIMIT, "tinted"
    assert values[-1] < LIMIT


@pytest.mark.parametrize("share", [1 / 8, 1 / 32])
@pytest.mark.parametrize("name", NAMES)
def test_darkness_changes_nothing(eyes_uncovered, with_glasses, name, share):
    pixels = pictures.read(photo(name))
    dark = dimmed(pixels, share, np.random.default_rng(0))
    assert eyes_uncovered(dark) > LIMIT
    assert eyes_uncovered(with_glasses(dark, 0.9, colour=(3, 3, 3))) < LIMIT


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    "name", ["Jane_Fonda_0002", "Kevin_Costner_0002", "Sepp_Blatter_0001", "Will_Smith_0002"]
)
def test_people_in_dark_glasses(eyes_uncovered, name):
    path = shared(f"faces/lfw_whole/{name[:-5]}/{name}.jpg")
    assert eyes_uncovered(pictures.read(path)) < LIMIT


@pytest.mark.shared_photos
@pytest.mark.parametrize(
    "name", ["Bernardo_Segura_0002", "Jerome_Jenkins_0001", "Harbhajan_Singh_0001"]
)
def test_eyes_in_the_shade_are_not_covered(eyes_uncovered, name):
    path = shared(f"faces/lfw_whole/{name[:-5]}/{name}.jpg")
    assert eyes_uncovered(pictures.read(path)) > LIMIT


def test_a_black_picture_has_no_light(detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg"))
    mesh = face_mesh.measure(pixels, detector.detect(pixels)[0])
    assert light_below_eyes(face_chip(np.zeros_like(pixels), mesh)) == 0
