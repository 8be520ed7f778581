"""manage.py reembed in a separate process, on the test's database."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.photographs import ROOT

_RUN = """
import sys, django
from pathlib import Path
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
settings.FACEPLATFORM_CALIBRATION_DIR = Path(sys.argv[2])
django.setup()
from django.core.management import call_command
call_command("reembed")
"""


def start(*, calibration: Path, **environment: str) -> "subprocess.Popen[str]":
    inherited = os.environ | {"FACEPLATFORM_DATA_DIR": str(settings.DATA_DIR)}
    return subprocess.Popen(
        [sys.executable, "-c", _RUN, str(connection.settings_dict["NAME"]), str(calibration)],
        cwd=ROOT,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def reembedded(process: "subprocess.Popen[str]") -> int:
    """Wait for the end; return the number of users it re-embedded."""
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    (line,) = [line for line in out.splitlines() if line.startswith("re-embedded")]
    return int(line.split()[1])
