"""Files in the folders that an operator names: plain ones only, read up to a bound.

Such folders come from cameras, shares and other people. A link may lead out of a folder or back
into it, a named pipe blocks the process that opens it, and a device never ends. Each is refused by
its name, as in the archives of an import.
"""

import errno
import os
import stat
from pathlib import Path


class NotPlainError(OSError):
    """A path is a link, a named pipe, a socket or a device. The message names it."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is neither a file nor a folder: links, named pipes and devices are not read"
        )


def is_file(path: Path) -> bool:
    """Return True for a file; False for a link to one, and for a path that is not there."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Return True for a folder; False for a link to one, and for a path that is not there."""
    return stat.S_ISDIR(_mode(path))


def entries(folder: Path, *, hidden: bool = False) -> list[Path]:
    """Return the files and folders in a folder, in the order of their names.

    The folder itself may be a link, since the operator named it.

    Args:
        hidden: False to pass over whatever has a name that begins with a full stop.

    Raises:
        NotPlainError: one is a link, a named pipe, a socket or a device.
        OSError: the folder cannot be read.
    """
    found = []
    with os.scandir(folder) as listed:
        for entry in listed:
            if entry.name.startswith(".") and not hidden:
                continue
            path = folder / entry.name
            if not entry.is_file(follow_symlinks=False) and not entry.is_dir(follow_symlinks=False):
                raise NotPlainError(path)
            found.append(path)
    return sorted(found)


def read(path: Path, *, most_bytes: int) -> bytes:
    """Return the content of a file; of a longer one than ``most_bytes``, one byte more than that.

    So a decoder with the same bound refuses a file that was cut.

    Raises:
        NotPlainError: it is a link, a named pipe or a device.
        OSError: the file cannot be read.
    """
    try:
        with open(path, "rb", opener=_open) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NotPlainError(path)
            return file.read(most_bytes + 1)
    except OSError as e:
        if e.errno == errno.ELOOP:
            raise NotPlainError(path) from e
        raise


def _open(path: str, flags: int) -> int:
    # A pipe would block the opening until somebody writes to it.
    return os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK)


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return 0
