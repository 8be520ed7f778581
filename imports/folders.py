"""Images in folders: ``<id>/*.jpg`` or ``<id>.jpg``."""

from pathlib import Path
from urllib.parse import unquote

from imports.planning import (
    ID_INVALID,
    REPEATED,
    Plan,
    PlannedImage,
    PlannedUser,
    is_image_name,
    planned,
    shown,
)


def images_in(folder: Path) -> dict[str, list[Path]]:
    """Return each id's image files: ``<id>.jpg`` or ``<id>/*.jpg``. No path is made of an id."""
    found: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            found.setdefault(entry.name, []).extend(_images(sorted(entry.iterdir())))
        else:
            found.setdefault(entry.stem, []).extend(_images([entry]))
    return found


def users_in(folder: Path) -> Plan:
    """Return the users of a folder; names are percent-decoded."""
    found = {name: files for name, files in images_in(folder).items() if files}
    return Plan(users_of({name: tuple(map(_planned, files)) for name, files in found.items()}))


def users_of(images: dict[str, tuple[PlannedImage, ...]]) -> list[PlannedUser]:
    """Return the users whose images are in folders of these names.

    A name is an id, in which ``%2F`` stands for a slash and ``%25`` for a percent sign.
    """
    users: list[PlannedUser] = []
    known: set[str] = set()
    for name, files in images.items():
        try:
            user_id = unquote(name, errors="strict")
        except UnicodeDecodeError:
            users.append(PlannedUser(shown(name), fault=ID_INVALID))
            continue
        if user_id in known:  # spelled in two ways
            users.append(PlannedUser(shown(user_id), fault=REPEATED))
            continue
        known.add(user_id)
        users.append(planned(user_id, files))
    return users


def _images(files: list[Path]) -> list[Path]:
    return [file for file in files if is_image_name(file.name) and file.is_file()]


def _planned(file: Path) -> PlannedImage:
    return PlannedImage(shown(file.name), file.stat().st_size, file.read_bytes)
