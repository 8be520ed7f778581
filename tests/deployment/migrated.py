"""Migrated databases, made once for all servers of the tests: migrating takes seconds."""

import fcntl
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deployment.processes import ROOT

_FOLDER = ROOT / "var" / "test-databases"


@contextmanager
def template(name: str) -> Iterator[Path]:
    """Yield the path of a database of the present sources; the holder makes it if it is not there.

    Others wait meanwhile. Those of other sources are deleted.
    """
    _FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (_FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = _FOLDER / _digest()
        if not folder.exists():
            for other in _FOLDER.glob("*/"):
                shutil.rmtree(other)
            folder.mkdir(mode=0o700)
        yield folder / name


def _digest() -> str:
    """Return a digest of the sources of the product's apps: migrations call some of them."""
    digest = hashlib.sha256()
    for app in sorted(path.parent for path in ROOT.glob("*/__init__.py")):
        if app.name != "tests":
            for path in sorted(app.rglob("*.py")):
                digest.update(path.read_bytes())
    return digest.hexdigest()
