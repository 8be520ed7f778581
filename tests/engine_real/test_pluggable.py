"""The settings of detector and recognition model: accepted values and their effects."""

import logging

import numpy as np
import pytest
from django.core.checks import run_checks

from faceplatform.engine.catalogue import choices, layouts, weights
from faceplatform.engine.catalogue import deepface as deepface_choices
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.alignment import align
from faceplatform.engine.stages.detection import BlazeFacePair, build_detector
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Frame, Wants
from faceplatform.errors import ConfigurationError, ModelMissing
from faceplatform.matching.calibration import load_calibration
from tests import pictures
from tests.photographs import photo

pytestmark = pytest.mark.real_engine


def frame(name):
    return Frame(pixels=pictures.read(photo(name)), digest="", fingerprint=b"")


# Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "Dlib", "resnet", "deepface:", "deepface:arcface"])
def test_an_unknown_recognition_model_is_refused_with_the_known_ones(name):
    with pytest.raises(
        ConfigurationError, match=r"FACEPLATFORM_RECOGNITION_MODEL is .*mobilefacenet.*ArcFace"
    ):
        choices.recognition(name)


@pytest.mark.parametrize("name", ["", "BlazeFace", "deepface:skip", "deepface:MTCNN"])
def test_an_unknown_detector_is_refused_with_the_known_ones(name):
    with pytest.raises(
        ConfigurationError, match=r"FACEPLATFORM_DETECTOR is .*yunet.*deepface:mtcnn"
    ):
        choices.detector(name)


def test_a_wrong_name_is_found_at_start(settings):
    settings.FACEPLATFORM_DETECTOR = "none"
    settings.FACEPLATFORM_RECOGNITION_MODEL = "none"
    ids = {message.id for message in run_checks()}
    assert {"faceplatform.E002", "faceplatform.E004"} <= ids


def test_a_model_without_calibration_names_the_command(settings, tmp_path):
    model = choices.recognition("deepface:ArcFace").model
    with pytest.raises(ConfigurationError, match=r"manage\.py evaluate .*--calibrate"):
        load_calibration(tmp_path, model)


# The table ----------------------------------------------------------------------------------


@pytest.fixture(params=choices.RECOGNITION_MODELS)
def choice(request):
    return choices.recognition(request.param)


def test_points_lie_on_the_chip(choice):
    width, height = choice.layout.size
    points = choice.layout.points
    assert points.shape == (5, 2)
    assert (points > 0).all()
    assert (points < (width, height)).all()
    left_eye, right_eye, nose, left_mouth, right_mouth = points
    assert left_eye[0] < nose[0] < right_eye[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


def test_labels_fit_a_template_and_a_file_name(choice):
    for label in (choice.model.name, choice.model.version, choice.model.alignment):
        assert 0 < len(label) <= 40
        assert not set(label) & set('/:\\ "')
    assert choice.model.alignment == choice.layout.name


def test_equal_alignments_are_equal_layouts():
    """The name of an alignment stands for size and points."""
    by_name = {}
    for each in choices.RECOGNITION_MODELS.values():
        size, points = by_name.setdefault(each.layout.name, (each.layout.size, each.layout.points))
        assert size == each.layout.size
        np.testing.assert_allclose(points, each.layout.points)


def test_equal_models_are_those_that_are_meant_to_be():
    keys = [choices.recognition(name).model.key for name in choices.RECOGNITION_MODELS]
    assert len(set(keys)) == len(keys) - 1
    ours, theirs = choices.recognition("dlib-fp32"), choices.recognition("deepface:Dlib")
    assert ours.model == theirs.model
    assert ours.layout is theirs.layout


def test_the_engine_of_deepface_is_a_part_of_the_version(settings):
    settings.FACEPLATFORM_DEEPFACE_BACKEND = "onnx"
    onnx = choices.recognition("deepface:ArcFace").model
    settings.FACEPLATFORM_DEEPFACE_BACKEND = "tensorflow"
    assert choices.recognition("deepface:ArcFace").model.key != onnx.key
    assert choices.recognition("dlib").model.version == "resnet-v1-mirror-int8"


def test_a_scaled_layout_keeps_the_face_unstretched():
    large = layouts.arcface(160, 160)
    np.testing.assert_allclose(
        np.linalg.norm(large.points[1] - large.points[0]),
        np.linalg.norm(layouts.ARCFACE.points[1] - layouts.ARCFACE.points[0]) * 160 / 112,
    )
    assert layouts.arcface(112, 112).name == layouts.ARCFACE.name
    np.testing.assert_allclose(layouts.arcface(112, 112).points, layouts.ARCFACE.points)
    tall = layouts.arcface(47, 55)
    np.testing.assert_allclose(tall.points - layouts.arcface(47, 47).points, [(0, 4)] * 5)


@pytest.mark.parametrize("size", [(112, 112), (150, 150), (47, 55)])
def test_a_chip_has_the_size_of_its_layout(size):
    layout = layouts.arcface(*size)
    chip = align(pictures.noise(300, 200), layout.points * 1.5, layout)
    assert chip.shape == (size[1], size[0], 3)


# Effects ------------------------------------------------------------------------------------


def test_the_defaults(settings):
    assert (settings.FACEPLATFORM_DETECTOR, settings.FACEPLATFORM_RECOGNITION_MODEL) == (
        "blazeface",
        "dlib",
    )
    assert isinstance(build_detector(settings.FACEPLATFORM_DETECTOR), BlazeFacePair)


def test_recognizers_describe_their_chips():
    installation.prepare("dlib")
    recognizer = build_recognizer("dlib")
    assert recognizer.chip_size == (150, 150)
    chips = pictures.noise(150, 150)[None]
    np.testing.assert_allclose(
        recognizer.embed_chips(chips)[0], recognizer.embed_chip(chips[0]), atol=1e-6
    )


def test_the_engine_says_which_model_it_has_without_loading_it(settings, tmp_path):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    settings.FACEPLATFORM_RECOGNITION_MODEL = "mobilefacenet"
    installation.prepare("blazeface_far")
    engine = LocalEngine(lanes=1)
    assert engine.model.name == "mobilefacenet"
    assert engine.model.dimension == 192
    with pytest.raises(ModelMissing, match="models prepare mobilefacenet"):
        engine.warm_up()


def test_a_missing_detector_is_found_at_start(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", None)
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    settings.FACEPLATFORM_DETECTOR = "yunet"
    with pytest.raises(ModelMissing, match="models prepare yunet"):
        LocalEngine(lanes=1).warm_up()


def test_what_an_operator_must_know_is_logged_at_start(caplog, settings, tmp_path):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    with caplog.at_level(logging.WARNING), pytest.raises(ModelMissing):
        build_recognizer("mobilefacenet")
    assert "MS-Celeb-1M" in caplog.text
    assert "non-commercial" in deepface_choices.RECOGNITION["Buffalo_L"].notice


def test_the_default_model_is_quiet(caplog):
    installation.prepare("dlib")
    build_recognizer("dlib")
    assert not caplog.records


def test_the_engine_measures_as_before_with_the_defaults():
    installation.prepare("dlib")
    face = LocalEngine(lanes=1).analyze(frame("obama.jpg"), wants=Wants()).face
    assert face.embedding.shape == (128,)
