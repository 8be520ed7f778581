"""The code of the Python SDK's README, run as it stands against a server of `make run`'s kind."""

import os
import re
import subprocess
import sys

import pytest

from tests.deployment import Embedded, models_folder
from tests.documents import exports
from tests.photographs import ROOT

pytestmark = pytest.mark.real_engine

_PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def run(code: str, pasted: dict[str, str]) -> list[str]:
    """Run code in a process of its own. Return the lines that it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | pasted | {"PYTHONPATH": str(ROOT / "sdk/python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_readme_of_the_python_sdk(tmp_path):
    sync, concurrent = _PYTHON.findall((ROOT / "sdk/python/README.md").read_text())
    with Embedded(tmp_path, models=models_folder()) as server:
        enrolled, same, stranger, identified = run(sync, exports(server.said))
        assert enrolled == "True enrolled"
        assert re.fullmatch(r"True (0\.[5-9]\d*|1\.0)", same)
        assert stranger == "False no_match"
        assert identified == "barack"
        assert run(concurrent, exports(server.said)) == [
            "duplicate_face",
            "user_not_found True",
            "barack",
        ]
