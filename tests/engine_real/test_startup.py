"""The server does not start on a model that is missing, corrupted, unknown or another one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from faceplatform.engine.catalogue import weights
from faceplatform.engine.preparation import installation
from tests.photographs import ROOT

pytestmark = pytest.mark.real_engine


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    (folder / "models").mkdir()
    for name in weights.DEFAULT:
        shutil.copy(installation.prepare(name), folder / "models")
    python(folder, "manage.py", "migrate", "--no-input", "--verbosity", "0")
    return folder


@pytest.fixture
def data(migrated, tmp_path):
    """Provide a separate data folder for a server, ready to start."""
    return Path(shutil.copytree(migrated, tmp_path / "data"))


def environment(data, **settings):
    names = ("FACEPLATFORM_MODELS_DIR", "DEEPFACE_HOME")
    inherited = {name: value for name, value in os.environ.items() if name not in names}
    own = {
        "FACEPLATFORM_DATA_DIR": str(data),
        "PORT": "0",
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
    }
    return inherited | own | settings


def python(data, *arguments):
    command = [sys.executable, *arguments]
    subprocess.run(command, cwd=ROOT, env=environment(data), check=True, timeout=120)


def start(data, **settings):
    """Start a server that stops by itself. Return its output."""
    gunicorn = Path(sys.executable).with_name("gunicorn")
    run = subprocess.run(
        [str(gunicorn), "--config", "gunicorn.conf.py", "faceplatform.wsgi"],
        cwd=ROOT,
        env=environment(data, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert run.returncode != 0
    return run.stderr


def test_a_missing_model(data):
    (data / "models" / "dlib_resnet_int8.onnx").unlink()
    assert "manage.py models prepare dlib" in start(data)


TEMPLATE_OF_ANOTHER_MODEL = """
import django
django.setup()
from clients import credentials
from tests.enrollment.templates import put_template
put_template(credentials.create_client("acme").credential.client.pk, "alice", seed=1)
"""


def test_templates_of_another_model(data):
    python(data, "-c", TEMPLATE_OF_ANOTHER_MODEL)
    said = start(data)
    assert "1 of fake/1/none (128-d)" in said
    assert "FACEPLATFORM_ALLOW_MODEL_CHANGE" in said


def test_a_corrupted_model(data):
    path = data / "models" / "dlib_resnet_int8.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    assert "has SHA-256" in start(data)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"FACEPLATFORM_RECOGNITION_MODEL": "none"}, "FACEPLATFORM_RECOGNITION_MODEL is 'none'"),
        ({"FACEPLATFORM_DETECTOR": "none"}, "FACEPLATFORM_DETECTOR is 'none'"),
        ({"FACEPLATFORM_RECOGNITION_MODEL": "deepface:ArcFace"}, "There is no calibration"),
        ({"FACEPLATFORM_DEEPFACE_BACKEND": "jax"}, "must be one of onnx, tensorflow"),
    ],
)
def test_a_wrong_setting(data, settings, said):
    assert said in start(data, **settings)
