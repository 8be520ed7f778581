"""Closes the data folder to all system users but the one that runs the product."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from faceplatform.errors import ConfigurationError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Files and folders of the product: any of these identifies a data folder.
_OWN = {"beat-schedule", "cache.sqlite3", "db.sqlite3", "keys", "models", "static"}
_OF_THE_FILE_SYSTEM = {"lost+found"}


def claim(folder: Path, *, program: Path) -> None:
    """Close a folder, and every file that this process writes from now on, to other users.

    Sets the process's umask, so that SQLite's files are private as well. Removes the permissions of
    group and others from the folder and everything in it, because an earlier release left them
    readable. Does not follow symbolic links. A path whose mode cannot be set (it belongs to another
    user, or the file system is read-only) keeps its mode, and `open_to_others` finds it.

    Args:
        program: the folder of the program. It must not be inside the data folder.

    Raises:
        faceplatform.errors.ConfigurationError: others need the folder, such as ``/tmp``, ``/`` or
            ``/etc``.
    """
    os.umask(_OTHERS)
    within = folder.is_relative_to(program)
    if program.is_relative_to(folder) or _is_shared(folder) or not (within or _is_ours(folder)):
        raise ConfigurationError(
            f"FACEPLATFORM_DATA_DIR is {folder}, which holds more than data: choose a separate "
            "folder, because it will be closed to all other users"
        )
    for path in open_to_others(folder):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS)


def open_to_others(folder: Path) -> Iterator[Path]:
    """Yield those of the folder and the paths in it that other system users can access."""
    if _is_open(folder):
        yield folder
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            if _is_open(path):
                yield path


def _is_shared(folder: Path) -> bool:
    """Return True if every user may write there and delete only their own files (sticky bit)."""
    return folder.exists() and bool(folder.stat().st_mode & stat.S_ISVTX)


def _is_ours(folder: Path) -> bool:
    """Return True unless others can use the folder and it holds files, none of them the product's.

    A folder that is closed already may hold anything: claiming it takes nothing from anybody.
    """
    if not folder.is_dir() or not _is_open(folder):
        return True
    if not os.access(folder, os.R_OK | os.X_OK):
        return False
    names = set(os.listdir(folder)) - _OF_THE_FILE_SYSTEM
    return not names or not names.isdisjoint(_OWN)


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:  # another process has just removed it
        return False
    except PermissionError:  # it is in a folder of another user
        return True
    return not stat.S_ISLNK(mode) and bool(mode & _OTHERS)
