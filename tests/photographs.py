"""Real photographs for tests, out of packages that any pip can download.

The repository holds no photograph of a person. Two public packages do: the source distribution of
``face_recognition`` (public figures, in ``tests/test_images``) and the wheel of ``scikit-image``
(NASA's portrait of Eileen Collins). `make test` fetches them first::

    python -m tests.photographs
"""

import hashlib
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from filelock import FileLock

from tests.missing import missing

ROOT = Path(__file__).resolve().parent.parent

SDIST = "face_recognition==1.3.0"
SDIST_SHA256 = "5e5efdd1686aa566af0d3cc1313b131e4b197657a8ffd03669e6d3fad92705ec"
SDIST_FOLDER = "face_recognition-1.3.0/tests/test_images"
SDIST_PHOTOS = (
    "32bit.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
    "obama_partial_face.jpg",
    "obama_partial_face2.jpg",
)

# 0.26.0 has wheels for Python 3.11, 3.12 and 3.13. A wheel's checksum depends on the platform, so
# the picture's own is checked.
WHEEL = "scikit-image==0.26.0"
WHEEL_MEMBER = "skimage/data/astronaut.png"
ASTRONAUT = "astronaut.png"
ASTRONAUT_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"

PHOTOS = (*SDIST_PHOTOS, ASTRONAUT)


def photo(name: str) -> Path:
    """A photograph by file name, downloaded on first use.

    Raises:
        RuntimeError: it cannot be downloaded, or is not the picture it should be. A test without
            its photograph has tested nothing, so this is a failure and never a skip.
    """
    if name not in PHOTOS:
        raise ValueError(f"no such photograph: {name}; there are {', '.join(PHOTOS)}")
    return fetch() / name


def shared(relative: str) -> Path:
    """A file of the folder ``shared`` beside the checkout; the test is skipped where it is absent.

    ``FACEPLATFORM_SHARED_DIR`` names another place for that folder. With
    ``FACEPLATFORM_REQUIRE_SHARED`` set, as in CI, a missing file fails the test instead.
    """
    folder = Path(os.environ.get("FACEPLATFORM_SHARED_DIR") or ROOT.parent / "shared")
    path = folder / relative
    if not path.exists():
        missing(f"{path} is not there; set FACEPLATFORM_SHARED_DIR to the folder that has it")
    return path


@cache
def fetch() -> Path:
    """Download every missing photograph and return their folder. Safe across processes."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / ".lock"):
        if not all((folder / name).is_file() for name in SDIST_PHOTOS):
            _fetch_sdist(folder)
        if not (folder / ASTRONAUT).is_file():
            _fetch_astronaut(folder)
    return folder


def _folder() -> Path:
    data = Path(os.environ.get("FACEPLATFORM_DATA_DIR") or ROOT / "var")
    return data / "test-photos"


def _fetch_sdist(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = _pip_download(Path(scratch), "--no-binary", ":all:", SDIST)
        _check(archive.read_bytes(), SDIST_SHA256, archive.name)
        with tarfile.open(archive) as tar:
            for name in SDIST_PHOTOS:
                source = tar.extractfile(f"{SDIST_FOLDER}/{name}")
                if source is None:
                    raise RuntimeError(f"{archive.name} has no {name}")
                _write(folder / name, source.read())


def _fetch_astronaut(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = _pip_download(Path(scratch), "--only-binary", ":all:", WHEEL)
        data = zipfile.ZipFile(archive).read(WHEEL_MEMBER)
        _check(data, ASTRONAUT_SHA256, WHEEL_MEMBER)
        _write(folder / ASTRONAUT, data)


def _pip_download(folder: Path, *arguments: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
    run = subprocess.run(
        [*command, str(folder), *arguments], capture_output=True, text=True, check=False
    )
    if run.returncode != 0:
        raise RuntimeError(f"pip could not download {arguments[-1]}:\n{run.stderr}")
    (archive,) = folder.iterdir()
    return archive


def _check(data: bytes, sha256: str, name: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise RuntimeError(f"{name} has SHA-256 {found}, not {sha256}")


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all: an interrupted fetch must not leave half a picture."""
    partial = path.with_name(f"{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)


if __name__ == "__main__":
    print(f"{len(PHOTOS)} photographs in {fetch()}")  # noqa: T201
