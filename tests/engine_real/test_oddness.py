"""Patterned covers, pictures and statues are no face that is surely there; photographs are."""

from functools import cache

import cv2
import numpy as np
import pytest
from django.test import override_settings

from bench.non_face_kinds import CHANGES
from bench.solid_kinds import STATUES
from faceplatform.conf import CapturePolicy
from faceplatform.engine.catalogue import weights
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from faceplatform.engine.preparation.dlib import floats, int8, network
from faceplatform.engine.preparation.mobilefacenet import floats as mobilefacenet_floats
from faceplatform.engine.preparation.mobilefacenet import from_tflite
from faceplatform.engine.preparation.onnx_writer import OnnxGraph
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.alignment import align
from faceplatform.engine.stages.appearance import MOST_ODDNESS
from faceplatform.engine.stages.landmarks import five_points
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Following, Frame, Wants
from faceplatform.sessions.acceptance import frame_refusal
from faceplatform.sessions.reasons import Reason
from tests.engine_real.test_appearance import PORTRAITS, WAYS
from tests.photographs import shared

pytestmark = pytest.mark.real_engine

# Where the published weights of a model are; None where a package has them.
PUBLISHED = {
    "dlib": lambda: None,
    "mobilefacenet": lambda: shared("models"),
    "mobilefacenet+fr": lambda: shared("models"),
}
MODELS = [
    "dlib",
    pytest.param("mobilefacenet", marks=pytest.mark.shared_photos),
]
DRAWS = 3
MOST_PASSED = 0.2
KINDS = {
    name: change
    for name, change in {**CHANGES, **STATUES}.items()
    if name
    in {
        "striped bar over the eyes",
        "mask with pleats",
        "hand before the mouth",
        "pencil drawing",
        "painting",
        "cartoon",
        *STATUES,
    }
}


@pytest.fixture(scope="module")
def engine():
    return LocalEngine(lanes=1)


def measure(engine, pixels):
    frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
    return engine.analyze(frame, wants=Wants())


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Return a function from a model to its recognizer, from files converted here."""

    @cache
    def prepare(model):
        folder = tmp_path_factory.mktemp("models")
        with override_settings(FACEPLATFORM_MODELS_DIR=folder):
            installation.prepare(model, source_dir=PUBLISHED[model]())
            return build_recognizer(model)

    return prepare


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PORTRAITS)
@pytest.mark.parametrize("model", MODELS)
def test_a_photograph_is_not_odd(prepared, measured, model, name, way):
    pixels, points = measured(name)
    changed = np.ascontiguousarray(WAYS[way](pixels))
    _, oddness = prepared(model).recognize(changed, points)
    assert oddness < MOST_ODDNESS


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", MODELS)
def test_most_non_faces_are_odd(prepared, detector, face_mesh, as_in_lfw, model, kind):
    """Of people and cameras that the weights were not learned from."""
    odd = shown = 0
    for name in PORTRAITS:
        for seed in range(DRAWS):
            pixels = KINDS[kind](as_in_lfw(name), np.random.default_rng(seed))
            if not (found := detector.detect(pixels)):
                continue
            points = five_points(face_mesh.measure(pixels, found[0]))
            shown += 1
            odd += prepared(model).recognize(pixels, points)[1] > MOST_ODDNESS
    assert shown >= len(PORTRAITS)
    assert odd >= (1 - MOST_PASSED) * shown


@pytest.mark.shared_photos
def test_the_joined_net_finds_the_same_odd(prepared, measured):
    single, joined = (
        prepared(model).recognize(*measured("obama.jpg"))[1]
        for model in ("mobilefacenet", "mobilefacenet+fr")
    )
    assert joined == pytest.approx(single, abs=1e-3)


@pytest.mark.shared_photos
def test_oddness_changes_no_embedding_of_mobilefacenet(prepared, monkeypatch, tmp_path):
    """Templates stay valid."""
    source = from_tflite.read(PUBLISHED["mobilefacenet"]() / "MobileFaceNet.tflite")
    monkeypatch.setattr(OnnxGraph, "add_oddness", lambda *_: None)
    path = tmp_path / "net.onnx"
    path.write_bytes(mobilefacenet_floats.convert(source))
    session = load_onnx_session(path)
    assert [output.name for output in session.get_outputs()] == ["embedding"]
    chips = np.random.default_rng(0).integers(0, 256, (3, 112, 112, 3), dtype=np.uint8)
    (bare,) = session.run(None, {"rgb": chips})
    assert np.array_equal(prepared("mobilefacenet").embed_chips(chips), bare)


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_gate_lets_a_photograph_through(engine, as_in_lfw, name):
    assert frame_refusal(measure(engine, as_in_lfw(name)), CapturePolicy()) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_keeps_most_non_faces_out(engine, as_in_lfw, kind):
    """Of people and cameras that the weights were not learned from."""
    passed = 0
    for name in PORTRAITS:
        for seed in range(DRAWS):
            changed = KINDS[kind](as_in_lfw(name), np.random.default_rng(seed))
            passed += frame_refusal(measure(engine, changed), CapturePolicy()) is None
    assert passed <= MOST_PASSED * DRAWS * len(PORTRAITS)


def test_an_odd_face_is_not_surely_there(engine, as_in_lfw):
    painting = CHANGES["painting"](as_in_lfw("obama.jpg"), np.random.default_rng(1))
    face = measure(engine, painting).face
    assert face.presence == 0
    assert face.embedding is not None


def painted(pixels):
    """Return a painting of the same size, which the gate finds odd."""
    painting = CHANGES["painting"](pixels, np.random.default_rng(1))
    return np.asarray(cv2.resize(painting, pixels.shape[1::-1]), np.uint8)


@pytest.mark.parametrize(
    ("wants", "match_from", "is_followed"),
    [
        pytest.param(Wants(gestures=True), None, True, id="followed, for a challenge"),
        pytest.param(Wants(), {}, False, id="may be matched"),
        pytest.param(Wants(), {"sharpness": 1.1}, True, id="cannot be matched"),
    ],
)
def test_a_stream_finds_odd_what_a_single_frame_does(
    engine, as_in_lfw, wants, match_from, is_followed
):
    """A painting takes the place of the face that is followed."""
    photograph = as_in_lfw("biden.jpg")
    single = measure(engine, painted(photograph)).face
    assert single.presence == 0
    track, seen = None, []
    for pixels in (photograph, painted(photograph), photograph):
        frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
        analysis = engine.analyze(frame, wants=wants, following=Following(track, match_from))
        track = analysis.track
        seen.append(analysis)
    assert [("detection" in each.stages) for each in seen] == [True, *[not is_followed] * 2]
    before, odd, after = seen
    matchable = [each for each in (before, odd, after) if each.face.embedding is not None]
    assert (odd in matchable) == (wants.gestures or not is_followed)
    for each in matchable:
        refusal = frame_refusal(each, CapturePolicy())
        assert (each.face.presence == 0) == (each is odd)
        assert refusal == (Reason.FACE_UNCLEAR if each is odd else None)


def test_both_networks_find_the_same_odd(tmp_path, measured):
    """Integers or floats, on photographs and on a painting."""
    source, found = network.read(weights.locate("dlib_source")), {}
    for module in (int8, floats):
        path = tmp_path / "net.onnx"
        path.write_bytes(module.convert(source))
        session = load_onnx_session(path)
        chips = [
            align(*measured(name), build_recognizer("dlib")._choice.layout) for name in PORTRAITS
        ]
        chips += [np.asarray(cv2.stylization(chip), np.uint8) for chip in chips]
        found[module] = session.run(["oddness"], {"rgb": np.stack(chips)})[0]
    np.testing.assert_allclose(found[int8], found[floats], atol=0.2)
