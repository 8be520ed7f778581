"""The shell blocks of documents, as a reader pastes them."""

import os
import re
import subprocess
from pathlib import Path

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
_EXPORT = re.compile(r"export (\w+)=(\S+)")


def exports(said: str) -> dict[str, str]:
    """Return the variables that `make run` prints."""
    return dict(_EXPORT.findall(said))


def blocks_of(document: Path) -> list[str]:
    """Return the document's shell blocks, in order."""
    return _BLOCK.findall(document.read_text())


def paste(document: Path, pasted: dict[str, str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the document's blocks for the second terminal in one shell."""
    blocks = [block for block in blocks_of(document) if "make run" not in block]
    return shell("\n".join(blocks), pasted, cwd=cwd)


def shell(lines: str, pasted: dict[str, str], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the lines in a shell that stops at the first failure."""
    return subprocess.run(
        ["bash", "-c", f"set -eu\n{lines}"],  # noqa: S607
        cwd=cwd,
        env=os.environ | pasted,
        capture_output=True,
        text=True,
        check=False,
    )
