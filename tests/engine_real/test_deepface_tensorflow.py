"""DeepFace on TensorFlow, an option: `make test-tensorflow` installs it separately."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

from tests.photographs import photo

pytestmark = [
    pytest.mark.real_engine,
    pytest.mark.tensorflow,
    pytest.mark.skipif(
        importlib.util.find_spec("tensorflow") is None,
        reason="TensorFlow is not installed here: `make test-tensorflow` installs and tests it",
    ),
]

# In a separate process: DeepFace chooses its engine when it is first imported.
MEASURE = """
import json, sys
import django
django.setup()
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.registry import get_calibration, get_engine
from faceplatform.engine.types import Wants
engine = get_engine()
engine.warm_up()
frames = [decode(open(path, "rb").read()) for path in sys.argv[1:]]
analyses = [engine.analyze(frame, wants=Wants()) for frame in frames]
from deepface.commons.backend_utils import get_backend_engine
print(json.dumps({
    "backend": get_backend_engine(),
    "tensorflow": "tensorflow" in sys.modules,
    "faces": [len(analysis.boxes) for analysis in analyses],
    "embeddings": [a.face.embedding.tolist() if a.face else None for a in analyses],
    "threshold": get_calibration().threshold(1e-3, template_frames=1, probe_frames=1),
}))
"""

PEOPLE = ["obama.jpg", "obama2.jpg", "biden.jpg"]


def measure(paths, **settings):
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "faceplatform.settings.test"} | settings
    command = [sys.executable, "-c", MEASURE, *map(str, paths)]
    run = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b, strict=True))


@pytest.fixture(scope="module")
def noise(tmp_path_factory):
    from tests import pictures

    path = tmp_path_factory.mktemp("noise") / "noise.jpg"
    path.write_bytes(pictures.to_jpeg(pictures.noise(320, 240), 90))
    return path


@pytest.fixture(scope="module")
def with_mtcnn(noise):
    paths = [*map(photo, PEOPLE), noise]
    return measure(
        paths, FACEPLATFORM_DETECTOR="deepface:mtcnn", FACEPLATFORM_DEEPFACE_BACKEND="tensorflow"
    )


def test_mtcnn_runs_on_tensorflow(with_mtcnn):
    assert with_mtcnn["backend"] == "tensorflow"
    assert with_mtcnn["tensorflow"]


def test_mtcnn_finds_each_face_and_none_in_noise(with_mtcnn):
    assert with_mtcnn["faces"] == [1, 1, 1, 0]


def test_people_are_recognised_behind_mtcnn(with_mtcnn):
    one, again, other, _ = with_mtcnn["embeddings"]
    assert cosine(one, again) > with_mtcnn["threshold"] > cosine(one, other)


def test_embeddings_are_near_those_behind_our_own_detector(with_mtcnn):
    """The mesh, not the detector, determines the crop."""
    ours = measure([photo(PEOPLE[0])])
    assert not ours["tensorflow"]
    assert cosine(ours["embeddings"][0], with_mtcnn["embeddings"][0]) > 0.98
