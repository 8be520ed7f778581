"""Write ``faceplatform_sdk/_sync`` from ``_async``.

``make sdk`` runs it, and a test with ``--check``, which fails if a file is out of date.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import unasync

PACKAGE = Path(__file__).with_name("faceplatform_sdk")
_NAMES = {
    "_async": "_sync",
    "async_each": "sync_each",
    "async_sleep": "sync_sleep",
    "aclose": "close",
    "AsyncClient": "Client",
    "AsyncEnrollments": "Enrollments",
    "AsyncFrames": "Frames",
    "AsyncGroups": "Groups",
    "AsyncImports": "Imports",
    "AsyncLock": "Lock",
    "AsyncSessions": "Sessions",
    "AsyncTokenHolder": "TokenHolder",
    "AsyncTransport": "Transport",
    "AsyncUsers": "Users",
}
_DOCUMENTATION = '"""The sync client. ``make sdk`` writes it from ``_async``: change that one."""\n'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if a file is out of date")
    is_check = parser.parse_args().check
    target = PACKAGE / "_sync"
    with tempfile.TemporaryDirectory() as folder:
        written = generate(Path(folder))
        if not is_check:
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(written, target)
        elif contents(written) != contents(target):
            sys.exit("faceplatform_sdk/_sync is out of date: run `make sdk`")


def generate(folder: Path) -> Path:
    """Write the sync modules below a folder and return theirs."""
    source = folder / "_async"
    shutil.copytree(PACKAGE / "_async", source, ignore=shutil.ignore_patterns("__pycache__"))
    rule = unasync.Rule("/_async/", "/_sync/", additional_replacements=_NAMES)
    unasync.unasync_files([str(path) for path in source.glob("*.py")], [rule])
    target = folder / "_sync"
    for path in target.glob("*.py"):
        # `Awaitable[X]` has no sync name: it is X.
        path.write_text(unwrapped(path.read_text()))
    (target / "__init__.py").write_text(_DOCUMENTATION)
    settings = Path(__file__).parents[2] / "pyproject.toml"
    for command in (["check", "--fix", "--select=I,F401"], ["format"]):
        subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--quiet", "--config", settings, target],
            cwd=settings.parent,  # tells ruff which imports are first-party
            check=True,
        )
    return target


def unwrapped(source: str) -> str:
    """Return the source with ``X`` for each ``Awaitable[X]``."""
    before, found, after = source.partition("Awaitable[")
    if not found:
        return source
    depth, end = 1, 0
    while depth:
        depth += {"[": 1, "]": -1}.get(after[end], 0)
        end += 1
    return before + unwrapped(after[: end - 1] + after[end:])


def contents(folder: Path) -> dict[str, str]:
    """Return the source of each module of a folder."""
    return {path.name: path.read_text() for path in folder.glob("*.py")}


if __name__ == "__main__":
    main()
