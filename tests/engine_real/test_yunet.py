"""YuNet finds every face once and in its place, good enough for the mesh."""

import cv2
import numpy as np
import onnx
import pytest

from faceplatform.engine.catalogue import weights
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages import yunet
from faceplatform.engine.stages.detection import build_detector
from faceplatform.engine.stages.landmarks import five_points
from faceplatform.engine.types import Frame, Wants
from faceplatform.errors import ModelCorrupted, ModelMissing
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.real_engine, pytest.mark.shared_photos]

# The pupils, image-left and image-right, read from the photographs by eye (pixels, +- 3).
EYES = {
    "obama.jpg": ((445, 213), (549, 212)),
    "biden.jpg": ((530, 324), (652, 348)),
    "astronaut.png": ((204, 102), (247, 104)),
}


@pytest.fixture(scope="module")
def file():
    return shared("models/yunet_n_dynamic.onnx")


@pytest.fixture
def models(tmp_path, settings, monkeypatch, file):
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", None)
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    installation.prepare("yunet", source_dir=file.parent)
    return tmp_path / "models"


@pytest.fixture
def detector(models):
    return build_detector("yunet")


@pytest.fixture(params=["any size", "fixed size"])
def either(request, models, tmp_path, monkeypatch):
    """Both kinds of file: that of libfacedetection, and OpenCV's, for 640 x 640 alone."""
    if request.param == "fixed size":
        net = onnx.load(str(weights.locate("yunet")))
        for dimension, size in zip(
            net.graph.input[0].type.tensor_type.shape.dim, (1, 3, 640, 640), strict=True
        ):
            dimension.dim_value = size
        path = tmp_path / "fixed.onnx"
        onnx.save(net, str(path))
        monkeypatch.setattr(yunet.weights, "locate", lambda _name: path)
    return build_detector("yunet")


@pytest.mark.parametrize("name", EYES)
def test_one_face_where_it_is(either, name):
    (face,) = either.detect(pictures.read(photo(name)))
    eyes = np.array(EYES[name])
    apart = np.linalg.norm(eyes[1] - eyes[0])
    assert np.abs(face.keypoints[:2] - eyes).max() < 0.15 * apart
    assert face.box.x < eyes[0, 0] < eyes[1, 0] < face.box.x + face.box.width
    assert face.box.y < eyes[:, 1].min() < face.box.y + face.box.height / 2
    assert 1.8 * apart < face.box.width < 3 * apart
    assert face.box.confidence > yunet.SCORE_THRESHOLD


def test_the_same_faces_as_opencv(detector, file):
    """Run the same net with OpenCV's own decoding."""
    pixels = pictures.read(photo("astronaut.png"))
    height, width = pixels.shape[:2]
    theirs = cv2.FaceDetectorYN.create(str(file), "", (width, height), yunet.SCORE_THRESHOLD)
    _, (row,) = theirs.detect(np.ascontiguousarray(pixels[:, :, ::-1]))
    (face,) = detector.detect(pixels)
    box = (face.box.x, face.box.y, face.box.width, face.box.height)
    np.testing.assert_allclose(box, row[:4], atol=0.5)
    np.testing.assert_allclose(face.keypoints.ravel(), row[4:14], atol=0.5)
    assert face.box.confidence == pytest.approx(row[14], abs=0.01)


def test_the_mesh_settles_where_it_does_for_the_other_detector(detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg"))
    installation.prepare("blazeface_far")
    blazeface = build_detector("blazeface")
    ours, theirs = (
        five_points(face_mesh.measure(pixels, each.detect(pixels)[0]))
        for each in (detector, blazeface)
    )
    assert np.abs(ours - theirs).max() < 0.04 * np.linalg.norm(theirs[1] - theirs[0])


@pytest.mark.parametrize("factor", [0.25, 0.5, 2.0])
def test_the_box_follows_the_resolution(detector, factor):
    pixels = pictures.read(photo("biden.jpg"))
    (face,) = detector.detect(pixels)
    (scaled,) = detector.detect(pictures.resize(pixels, factor))
    tolerance = 0.06 * face.box.width
    assert scaled.box.x / factor == pytest.approx(face.box.x, abs=tolerance)
    assert scaled.box.width / factor == pytest.approx(face.box.width, abs=tolerance)


def test_a_face_of_40_pixels(detector):
    pixels = pictures.shrink_in_place(pictures.read(photo("astronaut.png")), 0.35)
    (face,) = detector.detect(pixels)
    assert 25 < face.box.width < 45


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
def test_no_face(either, pixels):
    assert either.detect(pixels) == []


@pytest.mark.parametrize("shape", [(64, 2000), (2000, 64), (65, 67)])
def test_odd_shapes_do_not_break_it(either, shape):
    either.detect(pictures.noise(shape[1], shape[0]))


def test_the_engine_measures_with_it(models, settings):
    settings.FACEPLATFORM_DETECTOR = "yunet"
    pixels = pictures.read(photo("obama2.jpg"))
    frame = Frame(pixels=pixels, digest="", fingerprint=b"")
    face = LocalEngine(lanes=1).analyze(frame, wants=Wants(embedding=False)).face
    assert face.presence > 0.99
    assert abs(face.pose.yaw) < 20


@pytest.mark.parametrize("name", ["obama.jpg", "obama2.jpg"])
def test_the_engine_sees_with_it_that_a_face_is_upside_down(models, settings, name):
    settings.FACEPLATFORM_DETECTOR = "yunet"
    pixels = pictures.quarter_turns(pictures.read(photo(name)), 2)
    frame = Frame(pixels=pixels, digest="", fingerprint=b"")
    face = LocalEngine(lanes=1).analyze(frame, wants=Wants(embedding=False)).face
    assert face.presence > 0.99
    assert abs(face.pose.roll) > 165


# The weights --------------------------------------------------------------------------------


def test_the_other_file_is_installed_under_the_name_deepface_looks_for(models):
    path = weights.locate("yunet")
    assert path.name == "face_detection_yunet_2023mar.onnx"
    assert path.parent == models / ".deepface" / "weights"


def test_another_file_is_refused(models, tmp_path):
    weights.locate("yunet").write_bytes(b"something else")
    with pytest.raises(ModelCorrupted, match="SHA-256"):
        build_detector("yunet")


def test_missing_weights_name_the_command(tmp_path, settings, monkeypatch):
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", None)
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    with pytest.raises(ModelMissing, match="models prepare yunet"):
        build_detector("yunet")
