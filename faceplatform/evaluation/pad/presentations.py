"""The presentations in a folder: stills, clips, and folders of numbered images."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from faceplatform import plain_files
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
        faceplatform.plain_files.NotPlainError: there is a link, a named pipe or a device.
    """
    found = _named(folder, _walk(folder))
    if not found:
        raise EvaluationError(f"{folder} has neither images nor clips")
    return found


def find_stills(folder: Path) -> list[Presentation]:
    """Return the images below a folder, numbered ones as well.

    Raises: as `find`.
    """
    found = _named(folder, _walk(folder, sequences=False))
    stills = [each for each in found if each.medium is Medium.STILL]
    if not stills:
        raise EvaluationError(f"{folder} has no images")
    return stills


def species_folders(folder: Path) -> list[Path]:
    """Return the folders of the attack species.

    Raises:
        EvaluationError: the folder is not there, or has files where folders of species belong, or
            no folder.
        faceplatform.plain_files.NotPlainError: there is a link, a named pipe or a device.
    """
    _require_folder(folder)
    entries = plain_files.entries(folder)
    stray = [path for path in entries if plain_files.is_file(path) and _medium(path)]
    if stray:
        raise EvaluationError(f"{stray[0]} belongs to no species: {folder} has a folder for each")
    found = [path for path in entries if plain_files.is_folder(path)]
    if not found:
        raise EvaluationError(f"{folder} has no folder of a species")
    return found


def _named(folder: Path, found: Iterable[tuple[Path, Medium]]) -> list[Presentation]:
    return [
        Presentation(path, "-".join(path.relative_to(folder).with_suffix("").parts), medium)
        for path, medium in sorted(found)
    ]


def _walk(folder: Path, *, sequences: bool = True) -> Iterator[tuple[Path, Medium]]:
    _require_folder(folder)
    waiting = [folder]
    while waiting:
        for path in plain_files.entries(waiting.pop()):
            if not plain_files.is_folder(path):
                if medium := _medium(path):
                    yield path, medium
            elif sequences and _numbered(path):
                yield path, Medium.FOLDER
            else:
                waiting.append(path)


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise EvaluationError(f"{folder} is not a folder")


def _medium(path: Path) -> Medium | None:
    if path.suffix.lower() in _IMAGES:
        return Medium.STILL
    return Medium.CLIP if path.suffix.lower() in _CLIPS else None


def _numbered(folder: Path) -> list[Path]:
    """Return the images of a sequence by their numbers; none if the folder is not one."""
    files = plain_files.entries(folder)
    if not files or not all(_is_numbered_image(path) for path in files):
        return []
    return sorted(files, key=lambda path: (int(path.stem), path.name))


def _is_numbered_image(path: Path) -> bool:
    return path.stem.isdecimal() and _medium(path) is Medium.STILL and plain_files.is_file(path)
