"""Real photographs for tests, from packages that any pip can download.

The repository holds no photograph of a person. Two public packages do: the source distribution of
``face_recognition`` (public figures, in ``tests/test_images``) and the wheel of ``scikit-image``
(NASA's portrait of Eileen Collins). `make test` fetches them first::

    python -m tests.photographs
"""

import os
import tempfile
import zipfile
from functools import cache
from pathlib import Path

from filelock import FileLock

from faceplatform.system import example_photos
from tests.missing import missing

ROOT = Path(__file__).resolve().parent.parent

# 0.26.0 has wheels for Python 3.11, 3.12 and 3.13. A wheel's checksum depends on the platform, so
# that of the image is checked.
WHEEL = "scikit-image==0.26.0"
WHEEL_MEMBER = "skimage/data/astronaut.png"
ASTRONAUT = "astronaut.png"
ASTRONAUT_SHA256 = "88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5"

PHOTOS = (*example_photos.PHOTOS, ASTRONAUT)


def photo(name: str) -> Path:
    """Return a photograph by file name. It is downloaded on first use.

    Raises:
        faceplatform.errors.ConfigurationError: it cannot be downloaded, or is not the photograph it
            should be. A test without its photograph has tested nothing, so this is a failure and
            never a skip.
    """
    if name not in PHOTOS:
        raise ValueError(f"no such photograph: {name}; there are {', '.join(PHOTOS)}")
    return fetch() / name


def shared(relative: str) -> Path:
    """Return a file of the folder ``shared`` next to the checkout. Skip the test if it is missing.

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
    example_photos.fetch(folder)
    with FileLock(folder / ".astronaut.lock"):
        if not (folder / ASTRONAUT).is_file():
            _fetch_astronaut(folder)
    return folder


def _folder() -> Path:
    data = Path(os.environ.get("FACEPLATFORM_DATA_DIR") or ROOT / "var")
    return data.resolve() / "test-photos"


def _fetch_astronaut(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        archive = example_photos.download(WHEEL, Path(scratch), "--only-binary", ":all:")
        data = zipfile.ZipFile(archive).read(WHEEL_MEMBER)
        example_photos.check(data, ASTRONAUT_SHA256, WHEEL_MEMBER)
        example_photos.write(folder / ASTRONAUT, data)


if __name__ == "__main__":
    print(f"{len(PHOTOS)} photographs in {fetch()}")  # noqa: T201
