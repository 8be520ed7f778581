"""Checks, before long work, that its results can be written where the operator wants them.

A run of an hour must not end at a misspelled folder.
"""

import errno
import os
from pathlib import Path


class NotWritableError(OSError):
    """Nothing can be written at a path. The message names it, and why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} cannot be written: {why}")


def require_files(*paths: Path | None) -> None:
    """Refuse paths of files that could not be written now. Nothing is created or changed.

    Args:
        paths: of files that exist or not; None for one that is not asked for.

    Raises:
        NotWritableError: there is no such folder, it is no folder, or may not be written to; or
            the path is a folder, or a file that may not be written.
    """
    for path in paths:
        if path is not None:
            _require_file(path)


def require_folder(path: Path) -> None:
    """Refuse the path of a folder that could neither be written to nor be created now, with those
    around it.

    Raises:
        NotWritableError: the folder, or the nearest one around it that exists, is no folder or may
            not be written to.
    """
    nearest = _resolved(path)
    while not nearest.exists():
        nearest = nearest.parent
    _require_open_folder(path, nearest)


def _require_file(path: Path) -> None:
    target = _resolved(path)
    if target.is_dir():
        raise NotWritableError(path, os.strerror(errno.EISDIR))
    if target.exists():
        if not os.access(target, os.W_OK):
            raise NotWritableError(path, os.strerror(errno.EACCES))
    elif target.parent.exists():
        _require_open_folder(path, target.parent)
    else:
        raise NotWritableError(path, f"there is no folder {target.parent}")


def _require_open_folder(path: Path, folder: Path) -> None:
    if not folder.is_dir():
        raise NotWritableError(path, f"{folder} is no folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise NotWritableError(path, f"{os.strerror(errno.EACCES)}: {folder}")


def _resolved(path: Path) -> Path:
    """Return the path that would be written, at the end of links.

    Raises:
        NotWritableError: links lead nowhere, a name is too long, or a folder is closed to us.
    """
    try:
        target = path.resolve()
        target.stat()
    except FileNotFoundError:
        return target
    except NotADirectoryError as e:
        raise NotWritableError(path, f"{path.parent} is no folder") from e
    except RuntimeError as e:  # Python 3.11 and 3.12, for links in a circle
        raise NotWritableError(path, "its links lead in a circle") from e
    except OSError as e:
        raise NotWritableError(path, str(e.strerror)) from e
    return target
