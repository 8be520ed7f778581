"""Alignment: points land where they should, large faces do not alias, and people stay apart."""

import cv2
import numpy as np
import pytest

from faceplatform.engine.catalogue import layouts
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages import alignment
from faceplatform.engine.stages.alignment import similarity_transform
from faceplatform.engine.stages.recognition import build_recognizer
from tests import pictures

pytestmark = pytest.mark.real_engine

# Above the cosine that 1,580 LFW photographs of different people reach once in ten thousand
# comparisons.
SAME_PERSON = 0.9425

SIDE, _ = layouts.DLIB.size
CHIP_POINTS = layouts.DLIB.points


def align(pixels, points):
    return alignment.align(pixels, points, layouts.DLIB)


def moved(points, *, scale=1.0, degrees=0.0, shift=(0.0, 0.0)):
    angle = np.radians(degrees)
    turn = np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    return points @ turn * scale + shift


@pytest.fixture(scope="module")
def recognizer():
    installation.prepare("dlib")
    return build_recognizer("dlib")


@pytest.mark.parametrize("degrees", [0, 30, -90, 180])
@pytest.mark.parametrize("scale", [0.1, 1, 7])
def test_similarity_finds_turn_scale_and_shift(degrees, scale):
    points = moved(CHIP_POINTS, scale=scale, degrees=degrees, shift=(300, -20))
    matrix = similarity_transform(points, CHIP_POINTS)
    np.testing.assert_allclose(points @ matrix[:, :2].T + matrix[:, 2], CHIP_POINTS, atol=1e-9)


def test_similarity_never_mirrors():
    mirrored = CHIP_POINTS * (-1, 1)
    matrix = similarity_transform(mirrored, CHIP_POINTS)
    assert np.linalg.det(matrix[:, :2]) > 0


@pytest.mark.parametrize("points", [np.zeros((5, 2)), np.full((5, 2), np.nan)])
def test_points_without_extent_are_refused(points):
    with pytest.raises(ValueError, match="cannot be aligned"):
        align(np.zeros((50, 50, 3), np.uint8), points)


@pytest.mark.parametrize("scale", [0.5, 1, 2, 3.5, 9])
@pytest.mark.parametrize("degrees", [0, 25])
def test_the_chip_shows_the_points_where_they_belong(scale, degrees):
    """Find discs drawn on the points of a frame, large or small, at their places in the chip."""
    centres = moved(CHIP_POINTS, scale=scale, degrees=degrees)
    centres += 20 * scale - centres.min(axis=0)
    size = np.ceil(centres.max(axis=0) + 20 * scale).astype(int)
    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    distances = np.hypot(columns[..., None] - centres[:, 0], rows[..., None] - centres[:, 1]).min(
        axis=-1
    )
    discs = np.clip(255 * (4 * scale - distances) / scale, 0, 255).astype(np.uint8)
    # The centre of the frame's first pixel is (0.5, 0.5) for `align`.
    chip = align(np.repeat(discs[..., None], 3, axis=2), centres + 0.5)[..., 0]
    for x, y in CHIP_POINTS:
        top, left = round(y) - 8, round(x) - 8
        moments = cv2.moments(chip[top : top + 17, left : left + 17])
        found = np.array([moments["m10"], moments["m01"]]) / moments["m00"] + (left, top)
        np.testing.assert_allclose(found, (x, y), atol=0.15)


def test_outside_of_the_frame_is_black():
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    chip = align(white, CHIP_POINTS + 0.5 - (75, 0))
    assert not chip[:, :74].any()
    assert (chip[:, 76:] == 255).all()


def test_a_frame_of_chip_size_is_left_alone():
    pixels = pictures.noise(SIDE, SIDE)
    np.testing.assert_array_equal(align(pixels, CHIP_POINTS + 0.5), pixels)


@pytest.mark.parametrize("factor", [1.5, 4])
def test_noise_of_a_large_picture_is_averaged_away(measured, recognizer, factor):
    """Sensor noise of a large photograph moves the embedding little: no pixel is skipped."""
    pixels, points = measured("obama2.jpg")
    large = pictures.resize(pixels, factor)
    noise = np.random.default_rng(0).normal(0, 25, large.shape)
    noisy = np.clip(large + noise, 0, 255).astype(np.uint8)
    cosine = recognizer.embed(noisy, points * factor) @ recognizer.embed(pixels, points)
    assert cosine > 0.997


def test_embeddings_know_people(measured, recognizer):
    one = [recognizer.embed(*measured(name)) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    others = [recognizer.embed(*measured(name)) for name in ("biden.jpg", "astronaut.png")]
    same = [one[0] @ one[1], one[0] @ one[2], one[1] @ one[2]]
    different = [a @ b for a in one for b in others] + [others[0] @ others[1]]
    assert min(same) > SAME_PERSON > max(different)


def test_a_face_and_its_mirror_image_have_the_same_embedding(recognizer, measured):
    chip = align(*measured("obama.jpg"))
    np.testing.assert_allclose(
        recognizer.embed_chip(chip), recognizer.embed_chip(pictures.mirrored(chip)), atol=1e-6
    )


def test_an_embedding_is_float32_of_length_one(recognizer, measured):
    embedding = recognizer.embed(*measured("biden.jpg"))
    assert embedding.dtype == np.float32
    assert embedding.shape == (recognizer.model.dimension,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)
