"""The folder in which `make sdk-check` works, and the way it runs programs there."""

import os
import subprocess
from pathlib import Path

SOURCES = Path(__file__).resolve().parent
DATA = Path(os.environ.get("FACEPLATFORM_DATA_DIR") or "var").resolve()
# Holds node_modules and the Python generators' environment, which the Makefile installs.
WORK = DATA / "sdk"
PYTHON = WORK / "venv/bin"
NODE = WORK / "node_modules/.bin"
DOCUMENT = "openapi.json"


def run(*command: str | Path, **variables: str) -> str:
    """Run a command in WORK and return all that it printed.

    Raises:
        RuntimeError: it failed; with its output.
    """
    return run_at(WORK, *command, **variables)


def run_at(folder: Path, *command: str | Path, **variables: str) -> str:
    """Run a command in a folder and return all that it printed.

    Raises:
        RuntimeError: it failed; with its output.
    """
    path = f"{PYTHON}{os.pathsep}{os.environ['PATH']}"  # the Python generator calls ruff
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**os.environ, "PATH": path, "NO_COLOR": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{done.stdout}")
    return done.stdout
