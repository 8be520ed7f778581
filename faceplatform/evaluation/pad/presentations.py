"""The presentations in a folder: stills, clips, and folders of numbered images."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from faceplatform.evaluation.errors import EvaluationError

_IMAGES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".heic", ".heif", ".avif"}
_CLIPS = {".mp4", ".m4v", ".webm", ".mov", ".mkv"}


class Medium(StrEnum):
    STILL = "still"
    CLIP = "clip"
    FOLDER = "folder"


@dataclass(frozen=True, slots=True)
class Presentation:
    """One presentation to the camera.

    Attributes:
        path: an image, a clip, or a folder whose images are numbered.
        name: its path below the folder that was searched, without the ending; a slash becomes a
            hyphen.
    """

    path: Path
    name: str
    medium: Medium

    @property
    def images(self) -> list[Path]:
        """The image files, in order; none for a clip."""
        if self.medium is Medium.CLIP:
            return []
        return _numbered(self.path) if self.medium is Medium.FOLDER else [self.path]


def find(folder: Path) -> list[Presentation]:
    """Return the presentations below a folder, ordered by their paths.

    A folder whose images all have numbers as names is one sequence; any other is searched. Hidden
    files and files of other kinds are passed over.

    Raises:
        EvaluationError: the folder is not there, or there is none in it.
    """
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder")
    found = [
        Presentation(path, "-".join(path.relative_to(folder).with_suffix("").parts), medium)
        for path, medium in _walk(folder)
    ]
    if not found:
        raise EvaluationError(f"{folder} has neither images nor clips")
    return found


def find_stills(folder: Path) -> list[Presentation]:
    """Return the images below a folder, numbered ones as well.

    Raises: as `find`.
    """
    found = [
        Presentation(path, "-".join(path.relative_to(folder).with_suffix("").parts), Medium.STILL)
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _IMAGES and not path.name.startswith(".")
    ]
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder")
    if not found:
        raise EvaluationError(f"{folder} has no images")
    return found


def species_folders(folder: Path) -> list[Path]:
    """Return the folders of the attack species.

    Raises:
        EvaluationError: the folder is not there, or has files where folders of species belong, or
            no folder.
    """
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder")
    stray = [path for path, _ in _walk(folder) if path.parent == folder and path.is_file()]
    if stray:
        raise EvaluationError(f"{stray[0]} belongs to no species: {folder} has a folder for each")
    found = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not found:
        raise EvaluationError(f"{folder} has no folder of a species")
    return found


def _walk(folder: Path) -> Iterator[tuple[Path, Medium]]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if _numbered(path):
                yield path, Medium.FOLDER
            else:
                yield from _walk(path)
        elif path.suffix.lower() in _IMAGES:
            yield path, Medium.STILL
        elif path.suffix.lower() in _CLIPS:
            yield path, Medium.CLIP


def _numbered(folder: Path) -> list[Path]:
    """Return the images of a sequence by their numbers; none if the folder is not one."""
    files = [path for path in folder.iterdir() if not path.name.startswith(".")]
    if not files or not all(p.stem.isdecimal() and p.suffix.lower() in _IMAGES for p in files):
        return []
    return sorted(files, key=lambda path: (int(path.stem), path.name))
