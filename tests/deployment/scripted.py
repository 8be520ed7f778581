"""A server of the embedded default with a scripted engine: it needs no models."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.deployment import migrated
from tests.deployment.processes import ROOT, Process, free_port, listens


class ScriptedServer(Process):
    """One web process on a free port of 127.0.0.1 that writes to ``folder / "data"``."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        (folder / "data").mkdir()
        own = {
            "DJANGO_SETTINGS_MODULE": "tests.deployment.scripted_settings",
            "FACEPLATFORM_DATA_DIR": str(folder / "data"),
            "PORT": str(self.port),
            "FACEPLATFORM_WEB_WORKERS": "1",
        }
        super().__init__(
            "web",
            [
                str(Path(sys.executable).with_name("gunicorn")),
                *("--config", "gunicorn.conf.py", "faceplatform.wsgi"),
            ],
            environment=os.environ | own | environment,
            folder=folder,
            is_ready=lambda _: listens(self.port),
        )

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` with these arguments. Return its output."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.check_output(command, cwd=ROOT, env=self.environment, text=True)

    def migrate(self) -> None:
        """Give it a database with all migrations."""
        database = self.folder / "data" / "db.sqlite3"
        with migrated.template(database.name) as made:
            if made.exists():
                shutil.copy(made, database)
            else:
                self.manage("migrate", "--no-input", "--verbosity", "0")
                shutil.copy(database, made)
