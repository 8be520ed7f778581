"""Photographs of faces in view pass, in any light and coding; drawn and covered faces do not."""

from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from faceplatform.engine.stages.appearance import contrast, in_view, shading
from faceplatform.engine.stages.face_chip import FaceChip, face_chip
from faceplatform.engine.stages.landmarks import Mesh, five_points
from faceplatform.system.readiness_image import draw_face
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine
PORTRAITS = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"]


def recoded(pixels, extension, *quality):
    _, encoded = cv2.imencode(extension, pixels, quality)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


WAYS = {
    "as it is": lambda pixels: pixels,
    "grey": lambda pixels: np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, 2),
    "little light": lambda pixels: (pixels * 0.45).astype(np.uint8),
    "much light": lambda pixels: pictures.brighten(pixels, 1.4),
    "smoothed": lambda pixels: cv2.bilateralFilter(pixels, 9, 40, 5),
    "strong JPEG": lambda pixels: recoded(pixels, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 12),
    "strong WebP": lambda pixels: recoded(pixels, ".webp", cv2.IMWRITE_WEBP_QUALITY, 5),
}


@pytest.fixture(scope="module")
def meshed(detector, face_mesh):
    """The face's mesh in a picture."""
    return lambda pixels: face_mesh.measure(pixels, detector.detect(pixels)[0])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PORTRAITS)
def test_a_photograph_of_a_face(meshed, name, way):
    pixels = np.ascontiguousarray(WAYS[way](pictures.read(photo(name))))
    assert in_view(face_chip(pixels, meshed(pixels)))


@pytest.mark.parametrize("blur", [0, 2])
def test_a_drawn_face(meshed, blur):
    pixels = np.asarray(Image.open(BytesIO(draw_face())).resize((480, 480)))
    pixels = pixels if not blur else np.asarray(cv2.GaussianBlur(pixels, (0, 0), blur), np.uint8)
    assert not in_view(face_chip(pixels, meshed(pixels)))


@pytest.mark.parametrize("part", ["eyes", "mouth"])
@pytest.mark.parametrize("noise", [0, 5])
@pytest.mark.parametrize("name", PORTRAITS)
def test_a_covered_face(meshed, name, part, noise):
    """The mesh is of the face in view: it lies where the covered eyes or lips are."""
    pixels = pictures.read(photo(name)).copy()
    mesh = meshed(pixels)
    left, right, _, mouth_left, mouth_right = five_points(mesh)
    eyes = float(np.linalg.norm(right - left))
    middle = (left + right) / 2 if part == "eyes" else (mouth_left + mouth_right) / 2
    half = np.array([1.1, 0.55]) * eyes
    low, high = (middle - half).astype(int), (middle + half).astype(int)
    board = pixels[low[1] : high[1], low[0] : high[0]]
    grain = np.random.default_rng(0).normal((200, 150, 130), noise, board.shape)
    board[:] = np.clip(grain, 0, 255)
    assert not in_view(face_chip(pixels, mesh))


def test_shading_is_of_the_face_alone():
    """A quarter of the face without any is none, whatever is around it."""
    corners = np.array([(32, 32), (96, 32), (96, 96), (32, 96)], dtype=np.float32)

    def of(luminance):
        face = np.ones(luminance.shape, dtype=bool)
        mesh = Mesh(points=corners, presence=1.0)
        return shading(FaceChip(mesh=mesh, luminance=luminance, face=face, points=corners))

    slope = np.tile(np.arange(128, dtype=np.float32), (128, 1))
    assert of(slope) == pytest.approx(1, abs=0.01)
    face_flat = slope.copy()
    face_flat[32:64, 32:96] = 90
    assert of(face_flat) == 0
    around_flat = np.where(np.pad(np.ones((80, 80), bool), 24), slope, 0).astype(np.float32)
    assert of(around_flat) == pytest.approx(1, abs=0.01)


def test_contrast_is_relative_to_the_light():
    outline = np.array([(10, 10), (50, 10), (50, 50), (10, 50)], dtype=np.float32)
    pixels = np.random.default_rng(0).uniform(80, 120, (64, 64)).astype(np.float32)
    assert contrast(pixels, outline) == pytest.approx(contrast(2 * pixels, outline))
    assert contrast(np.full((64, 64), 90, np.float32), outline) == 0
    assert contrast(np.zeros((64, 64), np.float32), outline) == 0
