"""ONNX Runtime reports every process that runs a net to its maker, unless that is disabled."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent
LOAD_A_NET = """
import django
django.setup()
from faceplatform.engine.catalogue import weights
from faceplatform.engine.runtime import load_onnx_session
load_onnx_session(weights.locate("dlib"))
"""


@pytest.mark.real_engine
@pytest.mark.parametrize("told", [{}, {"ORT_DISABLE_TELEMETRY": "0"}])
def test_no_telemetry(tmp_path, told):
    """If it sends any, it first leaves an identifier of the machine in the home folder.

    In a bare environment: on machines for continuous integration it sends nothing by itself.
    """
    environment = {
        "HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "faceplatform.settings.test",
        "FACEPLATFORM_MODELS_DIR": str(settings.FACEPLATFORM_MODELS_DIR),
    }
    command = [sys.executable, "-c", LOAD_A_NET]
    subprocess.run(command, check=True, timeout=120, cwd=ROOT, env=environment | told)
    assert list(tmp_path.rglob("*")) == []
