"""The embedded default on this machine: one web process, SQLite, a scripted engine."""

import os
import subprocess
import sys
from pathlib import Path

from tests.deployment.deployment import is_healthy
from tests.deployment.processes import ROOT, Process, free_port


class Embedded(Process):
    """A web server on a free port of 127.0.0.1, with all it writes below ``folder / "data"``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.port = free_port()
        (folder / "data").mkdir()
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.deployment.embedded_settings",
            "FACEPLATFORM_DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "WEB_WORKERS": "1",
        }
        super().__init__(
            "web",
            [
                str(Path(sys.executable).with_name("gunicorn")),
                *("--config", "gunicorn.conf.py", "faceplatform.wsgi"),
            ],
            environment=os.environ | own | environment,
            folder=folder,
            is_ready=lambda _: is_healthy(self.port),
        )

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` with these arguments; returns what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.check_output(command, cwd=ROOT, env=self.environment, text=True)
