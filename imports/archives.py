"""Archives of images, read with suspicion: ``user_id/anything.jpg`` or ``user_id.jpg`` in a zip.

Everything is checked in the archive's directory before any file is unpacked, and a file never
unpacks to more bytes than the directory says.
"""

import stat
import struct
import zlib
from collections.abc import Callable
from io import SEEK_END
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from imports.errors import (
    ImportArchiveInvalid,
    ImportArchiveLayout,
    ImportArchiveUnsafe,
    ImportArchiveUnsupported,
    ImportFileEmpty,
    ImportFileTooLarge,
)
from imports.folders import users_of
from imports.planning import MAX_FILES, Plan, PlannedImage, is_image_name, shown

# Signatures and layouts of APPNOTE.TXT, 4.3.12 to 4.3.16.
_LOCAL, _CENTRAL, _END, _LOCATOR_64 = b"PK\3\4", b"PK\1\2", b"PK\5\6", b"PK\6\7"
_CENTRAL_HEADER = struct.Struct("<4s24x3H12x")
_END_RECORD = struct.Struct("<4s4HLLH")
_MOST_COMMENT = 0xFFFF
_LOCATOR_64_BYTES = 20
_ENCRYPTED = 0x1 | 0x40
_MOST_NAME = 1000
# Errors of Python's reader at a damaged file; ValueError at a name that is not UTF-8, and at a
# header that would begin before the file.
_DAMAGED = (BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, zlib.error)
# Files that operating systems add by themselves.
_LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


def is_archive(head: bytes) -> bool:
    """Return True if a file that begins with these bytes is a zip archive."""
    return head.startswith((_LOCAL, _END))


def users_in(file: BinaryIO, *, most_bytes: int | None = None) -> Plan:
    """Return the users of an archive. Their images are unpacked one at a time, as they are read.

    Args:
        file: stays open for as long as images are read.
        most_bytes: of all unpacked images together; None for no limit.

    Raises:
        imports.errors.ImportFileError
    """
    _require_bounded_directory(file)
    try:
        archive = ZipFile(file)
    except (BadZipFile, ValueError, NotImplementedError) as e:
        raise ImportArchiveInvalid from e
    images: dict[str, list[PlannedImage]] = {}
    ignored = 0
    names: set[str] = set()
    for info in archive.infolist():
        _require_safe(info, names)
        if info.is_dir():
            continue
        if _is_litter(info.filename) or not is_image_name(info.filename):
            ignored += 1
            continue
        images.setdefault(_folder_of(info.filename), []).append(_planned(archive, info))
    plan = Plan(users_of({name: tuple(files) for name, files in images.items()}), ignored)
    if not plan.users:
        raise ImportFileEmpty
    if most_bytes is not None and plan.size > most_bytes:
        raise ImportFileTooLarge(f"The archive unpacks to more than {most_bytes:,} bytes")
    return plan


def _require_bounded_directory(file: BinaryIO) -> None:
    """Count the directory's entries before Python's reader makes an object of each.

    Raises:
        ImportArchiveInvalid, ImportArchiveUnsupported, ImportFileTooLarge
    """
    size = file.seek(0, SEEK_END)
    file.seek(max(0, size - _END_RECORD.size - _MOST_COMMENT))
    tail = file.read()
    # Python's reader looks at the place without a comment first, too.
    place = len(tail) - _END_RECORD.size
    if place < 0 or not (tail[place:].startswith(_END) and tail.endswith(b"\0\0")):
        place = tail.rfind(_END)
    if place < 0 or place + _END_RECORD.size > len(tail):
        raise ImportArchiveInvalid
    if tail[max(0, place - _LOCATOR_64_BYTES) :].startswith(_LOCATOR_64):
        raise ImportArchiveUnsupported("The archive is in the ZIP64 format")
    length = _END_RECORD.unpack_from(tail, place)[5]
    start = size - len(tail) + place - length
    if start < 0:
        raise ImportArchiveInvalid
    file.seek(start)
    _require_few_entries(file.read(length))


def _require_few_entries(directory: bytes) -> None:
    at = count = 0
    while at < len(directory):
        if at + 46 > len(directory):
            raise ImportArchiveInvalid
        signature, *lengths = _CENTRAL_HEADER.unpack_from(directory, at)
        if signature != _CENTRAL:
            raise ImportArchiveInvalid
        at += 46 + sum(lengths)
        count += 1
        if count > MAX_FILES:
            raise ImportFileTooLarge(f"The archive has more than {MAX_FILES:,} entries")


def _require_safe(info: ZipInfo, names: set[str]) -> None:
    name = info.filename
    if info.flag_bits & _ENCRYPTED:
        raise ImportArchiveUnsupported("The archive is encrypted")
    if info.compress_type not in {ZIP_STORED, ZIP_DEFLATED}:
        raise ImportArchiveUnsupported("The archive uses another compression than deflate")
    if stat.S_IFMT(info.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise ImportArchiveUnsafe("The archive holds a link or a device")
    parts = name.removesuffix("/").split("/")
    if "\\" in info.orig_filename or "\0" in info.orig_filename or {"", ".", ".."} & {*parts}:
        raise ImportArchiveUnsafe("The archive holds a path that leaves it")
    if len(name) > _MOST_NAME:
        raise ImportFileTooLarge(f"The archive holds a name of more than {_MOST_NAME} characters")
    if name in names:
        raise ImportArchiveUnsafe("The archive holds one name twice")
    names.add(name)


def _is_litter(name: str) -> bool:
    return name.startswith(_LITTER) or name.rpartition("/")[2].startswith((".", *_LITTER))


def _folder_of(name: str) -> str:
    """Return the name of the folder, or that of an image without one.

    Raises:
        ImportArchiveLayout: folders within folders.
    """
    folder, _, file = name.rpartition("/")
    if "/" in folder:
        raise ImportArchiveLayout(
            "The archive has folders within folders; write a slash in an id as %2F"
        )
    return folder or file.rpartition(".")[0]


def _planned(archive: ZipFile, info: ZipInfo) -> PlannedImage:
    name = shown(info.filename.rpartition("/")[2])
    return PlannedImage(name, info.file_size, _reader(archive, info))


def _reader(archive: ZipFile, info: ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            return archive.read(info)
        except _DAMAGED as e:
            raise ImportArchiveInvalid from e

    return read
