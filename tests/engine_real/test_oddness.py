"""Patterned covers, paintings and drawings are no face that is surely there; photographs are."""

import cv2
import numpy as np
import pytest

from bench.non_face_kinds import CHANGES
from faceplatform.conf import CapturePolicy
from faceplatform.engine.catalogue import weights
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation.dlib import floats, int8, network
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.alignment import align
from faceplatform.engine.stages.appearance import MOST_ODDNESS
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.engine.types import Frame, Wants
from faceplatform.sessions.acceptance import frame_refusal
from tests.engine_real.test_appearance import PORTRAITS, WAYS

pytestmark = pytest.mark.real_engine

DRAWS = 3
MOST_PASSED = 0.2
KINDS = [
    "striped bar over the eyes",
    "mask with pleats",
    "hand before the mouth",
    "pencil drawing",
    "painting",
    "cartoon",
]


@pytest.fixture(scope="module")
def engine():
    return LocalEngine(lanes=1)


def measure(engine, pixels):
    frame = Frame(pixels=np.ascontiguousarray(pixels), digest="", fingerprint=b"")
    return engine.analyze(frame, wants=Wants())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", PORTRAITS)
def test_a_photograph_is_not_odd(measured, name, way):
    pixels, points = measured(name)
    changed = np.ascontiguousarray(WAYS[way](pixels))
    _, oddness = build_recognizer("dlib").recognize(changed, points)
    assert oddness < MOST_ODDNESS


@pytest.mark.parametrize("name", PORTRAITS)
def test_the_gate_lets_a_photograph_through(engine, as_in_lfw, name):
    assert frame_refusal(measure(engine, as_in_lfw(name)), CapturePolicy()) is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_gate_keeps_most_non_faces_out(engine, as_in_lfw, kind):
    """Of people and cameras that the weights were not learned from."""
    passed = 0
    for name in PORTRAITS:
        for seed in range(DRAWS):
            changed = CHANGES[kind](as_in_lfw(name), np.random.default_rng(seed))
            passed += frame_refusal(measure(engine, changed), CapturePolicy()) is None
    assert passed <= MOST_PASSED * DRAWS * len(PORTRAITS)


def test_an_odd_face_is_not_surely_there(engine, as_in_lfw):
    painting = CHANGES["painting"](as_in_lfw("obama.jpg"), np.random.default_rng(1))
    face = measure(engine, painting).face
    assert face.presence == 0
    assert face.embedding is not None


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
        found[module] = session.run(["oddness"], {"rgb": np.stack(chips)})[0][:, 0]
    np.testing.assert_allclose(found[int8], found[floats], atol=1.0)


def test_a_net_without_the_output_finds_nothing_odd(measured):
    _, oddness = build_recognizer("mobilefacenet").recognize(*measured("obama.jpg"))
    assert oddness is None
