"""A migrated SQLite database, made once for all servers of the tests: migrating takes seconds."""

import fcntl
import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.deployment.processes import ROOT

_FOLDER = ROOT / "var" / "test-databases"


def copy_to(database: Path, *, migrate: Callable[[Path], object]) -> None:
    """Copy the migrated database there. The first call for these sources makes it.

    Args:
        migrate: migrate a database below this folder, as `database` is below its own.
    """
    _FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = _FOLDER / _digest()
        if not (folder / "done").exists():
            for other in _FOLDER.glob("*/"):
                shutil.rmtree(other)
            folder.mkdir(mode=0o700)
            migrate(folder)
            (folder / "done").touch()
    shutil.copy(folder / database.name, database)


def _digest() -> str:
    """Return a digest of the sources of the product's apps: migrations call some of them."""
    digest = hashlib.sha256()
    for app in sorted(path.parent for path in ROOT.glob("*/__init__.py")):
        if app.name != "tests":
            for path in sorted(app.rglob("*.py")):
                digest.update(path.read_bytes())
    return digest.hexdigest()
