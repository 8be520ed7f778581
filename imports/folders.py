"""Images in folders: ``<id>/*.jpg`` or ``<id>.jpg``."""

from functools import partial
from pathlib import Path
from urllib.parse import unquote

from faceplatform import plain_files
from faceplatform.conf import MAX_IMAGE_BYTES
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
    """Return each id's image files: ``<id>.jpg`` or ``<id>/*.jpg``. No path is made of an id.

    Raises:
        faceplatform.plain_files.NotPlainError: there is a link, a named pipe or a device.
        OSError: a folder cannot be read.
    """
    found: dict[str, list[Path]] = {}
    for entry in plain_files.entries(folder, hidden=True):
        if plain_files.is_folder(entry):
            files = plain_files.entries(entry, hidden=True)
            found.setdefault(entry.name, []).extend(_images(files))
        else:
            found.setdefault(entry.stem, []).extend(_images([entry]))
    return found


def users_in(folder: Path) -> Plan:
    """Return the users of a folder; names are percent-decoded.

    Raises: as `images_in`.
    """
    found = {name: files for name, files in images_in(folder).items() if files}
    return Plan(users_of({name: tuple(map(_planned, files)) for name, files in found.items()}))


def read_image(file: Path) -> bytes:
    """Return the content of an image file, cut off where every image is too large.

    Raises:
        OSError: the file cannot be read, or is none any more.
    """
    return plain_files.read(file, most_bytes=MAX_IMAGE_BYTES)


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
    return [file for file in files if is_image_name(file.name) and plain_files.is_file(file)]


def _planned(file: Path) -> PlannedImage:
    return PlannedImage(shown(file.name), file.stat().st_size, partial(read_image, file))
