"""The embedded default with the real models, as a server of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.deployment import models_folder
from tests.deployment.scripted import ScriptedServer


@contextmanager
def serving(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Serve from an empty folder, until the end of the block.

    Yields:
        The port on 127.0.0.1, and the key of a client, as ``create_client --json`` prints it.
    """
    server = ScriptedServer(
        folder,
        DJANGO_SETTINGS_MODULE="faceplatform.settings.base",
        FACEPLATFORM_MODELS_DIR=str(models_folder()),
    )
    server.migrate()
    try:
        server.start()
        yield server.port, json.loads(server.manage("create_client", "bench", "--json"))
    finally:
        server.kill()
