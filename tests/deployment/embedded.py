"""The embedded default as `make run` starts it: SQLite, and the engine in the web processes."""

import os
from pathlib import Path

from tests.deployment.processes import Process
from tests.deployment.server import Server
from tests.photographs import fetch

# As in the Makefile on loopback: the older APIs serve the demo client and ask for no credentials.
_OLDER_APIS = {
    "FACEPLATFORM_LEGACY_DIALECTS": "000=demo,001=demo,003=demo,004=demo",
    "FACEPLATFORM_LEGACY_ANONYMOUS": "true",
    "FACEPLATFORM_LEGACY_RESET": "true",
    "FACEPLATFORM_LEGACY_COOKIE_SECURE": "false",
}


class Embedded(Server):
    """One web process per core, and nothing else.

    Attributes:
        said: the lines that `make run` prints before it serves.

    Args:
        models: holds the prepared weights.
        environment: in addition to the variables that `make run` sets.
    """

    def __init__(self, folder: Path, *, models: Path, **environment: str) -> None:
        super().__init__(folder)
        self.environment = {
            **os.environ,
            **_OLDER_APIS,
            "DJANGO_SETTINGS_MODULE": "faceplatform.settings.base",
            "FACEPLATFORM_DATA_DIR": str(folder),
            "FACEPLATFORM_MODELS_DIR": str(models),
            "PORT": str(self.port),
            **environment,
        }
        self.said = ""
        self.web = self.web_server()

    def begin(self) -> None:
        (self.folder / "photos").symlink_to(fetch())
        self.said = self.manage("set_up", "--base", f"http://127.0.0.1:{self.port}")
        self.web.start()

    def parts(self) -> list[Process]:
        return [self.web]
