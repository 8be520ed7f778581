"""Files that are damaged or hostile: refused whole, with a code, and nothing of them is kept."""

import stat
import struct
import tracemalloc
import zipfile
from io import BytesIO
from zipfile import ZipInfo

import pytest

from imports import archives, tables
from imports.models import ImportItem, ImportJob
from tests.imports.importing import PATH, archive, imported, start, table
from tests.stage import noise, problem, upload

pytestmark = pytest.mark.django_db

GOOD = {"ada.jpg": b"x", "bob/1.jpg": b"y"}


def with_entry(name: str, *, mode: int = 0, compression: int = zipfile.ZIP_STORED) -> bytes:
    """Return an archive that has an entry of this name, mode and compression."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        info = ZipInfo("x")
        info.filename, info.external_attr, info.compress_type = name, mode << 16, compression
        zipped.writestr(info, b"data")
    return buffer.getvalue()


def twice(name: str) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr(name, b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            zipped.writestr(name, b"2")
    return buffer.getvalue()


def encrypted() -> bytes:
    """Return an archive whose flags say that it is encrypted."""
    content = bytearray(archive(GOOD))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def with_bad_checksum() -> bytes:
    return archive({"ada.jpg": b"the content"}).replace(b"the content", b"THE content")


def with_an_undecodable_local_name() -> bytes:
    """Return an archive whose local header calls a name UTF-8 that is not."""
    content = bytearray(archive({"ada.jpg": b"x"}))
    content[6:8] = struct.pack("<H", 0x800)
    content[30:31] = b"\xff"
    return bytes(content)


def with_offset(offset: int) -> bytes:
    """Return an archive whose directory has this offset of a local header."""
    content = bytearray(archive({"ada.jpg": b"x"}))
    at = content.index(b"PK\1\2") + 42
    content[at : at + 4] = struct.pack("<L", offset)
    return bytes(content)


def with_negative_offset() -> bytes:
    """Return an archive whose end record has the directory farther back than it is, by which
    Python's reader corrects the offset of the local header."""
    content = bytearray(archive({"ada.jpg": b"x"}))
    at = content.index(b"PK\5\6") + 16
    content[at : at + 4] = struct.pack("<L", len(content) * 2)
    return bytes(content)


def with_zip64_directory() -> bytes:
    content = archive(GOOD)
    end = content.index(b"PK\5\6")
    record = struct.pack("<4sQHHLLQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 2, 2, 100, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    return content[:end] + record + locator + content[end:]


def bomb() -> bytes:
    """Return an archive of 300 KB that unpacks to more than 200 MB, each file within the limit."""
    files = {f"user-{i}.bmp": bytes(10 * 2**20) for i in range(21)}
    return archive(files, compression=zipfile.ZIP_DEFLATED)


# By the code of the refusal.
FILES = {
    "import_file_empty": {
        "empty": lambda: b"",
        "an archive without files": lambda: archive({}),
        "an archive without images": lambda: archive({"readme.txt": b"x"}),
        "a CSV file without rows": table,
    },
    "import_file_invalid": {
        "an image": lambda: noise(1),
        "a CSV file in UTF-16": lambda: "user_id\nada".encode("utf-16"),
    },
    "import_csv_invalid": {
        "no such column": lambda: table(header=("user_id", "password")),
        "a column twice": lambda: table(header=("user_id", "user_id")),
        "no column of ids": lambda: table(header=("display_name",)),
        "a row too long": lambda: table(("ada", "more")),
        "an open quote": lambda: b'user_id\n"ada\n',
        "a field too long": lambda: table(("x" * 200_000,)),
    },
    "import_archive_invalid": {
        "only the beginning": lambda: archive(GOOD)[:60],
        "only signatures": lambda: b"PK\3\4" * 100,
        "a bad directory": lambda: archive(GOOD).replace(b"PK\1\2", b"PK\1\3"),
        "a bad checksum": with_bad_checksum,
        "an undecodable local name": with_an_undecodable_local_name,
        "a negative offset": with_negative_offset,
        "an offset beyond the end": lambda: with_offset(2**31),
    },
    "import_archive_unsupported": {
        "encrypted": encrypted,
        "ZIP64": with_zip64_directory,
        "bzip2": lambda: with_entry("a.jpg", compression=zipfile.ZIP_BZIP2),
        "LZMA": lambda: with_entry("a.jpg", compression=zipfile.ZIP_LZMA),
    },
    "import_archive_unsafe": {
        "an absolute path": lambda: with_entry("/etc/a.jpg"),
        "a path up": lambda: with_entry("../a.jpg"),
        "a path up within": lambda: with_entry("a/../b.jpg"),
        "a backslash": lambda: with_entry("..\\a.jpg"),
        "a symbolic link": lambda: with_entry("a.jpg", mode=stat.S_IFLNK | 0o777),
        "a device": lambda: with_entry("a.jpg", mode=stat.S_IFCHR),
        "a name twice": lambda: twice("ada.jpg"),
    },
    "import_archive_layout": {
        "nested folders": lambda: archive({"a/b/c.jpg": b"x"}),
    },
    "import_file_too_large": {
        "a long name": lambda: archive({"x" * 2000 + ".jpg": b"x"}),
        "a bomb": bomb,
    },
}
CASES = [(code, name) for code, files in FILES.items() for name in files]


@pytest.mark.parametrize(("code", "name"), CASES)
def test_a_file_that_cannot_be_read(api, code, name):
    problem(start(api, FILES[code][name]()), 413 if code == "import_file_too_large" else 400, code)
    assert not ImportJob.objects.exists()
    assert not ImportItem.objects.exists()


def test_an_image_is_told_from_a_csv_file(api):
    body = problem(start(api, noise(1)), 400, "import_file_invalid")
    assert body["detail"] == "The file is neither a zip archive nor a CSV file in UTF-8"


SIZE = 15 * 10**6
# Files of one row that would be millions of fields.
WIDE = {
    "commas in the header": lambda: b"," * SIZE,
    "distinct names in the header": lambda: ",".join(map(str, range(2_000_000))).encode(),
    "a wide row": lambda: b"user_id\n" + b"ab," * (SIZE // 3),
    "a wide row of several lines": lambda: b"user_id\n" + b'ab,"\n",' * (SIZE // 7),
    "a wide row after others": lambda: b"user_id\nada\n\nbob\n" + b"ab," * (SIZE // 3),
    "an open quote": lambda: b'user_id\n"' + b"ab\n" * (SIZE // 3),
}


@pytest.mark.parametrize("name", WIDE)
def test_a_row_of_millions_of_fields_takes_no_memory(name):
    content = WIDE[name]()
    tracemalloc.start()
    try:
        with pytest.raises(tables.ImportCsvInvalid):
            tables.users_in(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 * 2**20


def test_a_file_of_too_many_lines(monkeypatch):
    monkeypatch.setattr(tables, "_MOST_LINES", 3)
    with pytest.raises(tables.ImportFileTooLarge):
        tables.users_in(b"user_id\n\n\nada\n")


def test_a_text_that_is_not_utf_8_far_from_its_beginning():
    rows = b"".join(b"user-%d\n" % i for i in range(5_000))
    with pytest.raises(tables.ImportFileError, match="UTF-8"):
        tables.users_in(b"user_id\n" + rows + b"\xff\n")


@pytest.mark.parametrize(
    ("module", "limit", "content"),
    [
        (archives, "MAX_FILES", archive({f"user-{i}.jpg": b"x" for i in range(3)})),
        (tables, "MAX_USERS", table(*((f"user-{i}",) for i in range(3)))),
    ],
)
def test_too_many(api, monkeypatch, module, limit, content):
    monkeypatch.setattr(module, limit, 2)
    problem(start(api, content), 413, "import_file_too_large")
    assert not ImportJob.objects.exists()


def test_a_directory_of_too_many_entries_is_not_parsed(monkeypatch):
    """Python's reader makes an object of each entry: it must not see such a directory."""
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    monkeypatch.setattr(archives, "ZipFile", lambda _: pytest.fail("it was parsed"))
    content = archive({f"user-{i}.jpg": b"x" for i in range(3)})
    with pytest.raises(archives.ImportFileTooLarge):
        archives.users_in(BytesIO(content))


def test_a_comment_with_a_second_end_is_no_way_around(monkeypatch):
    """Of two end records, the one that Python's reader takes is counted."""
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    content = bytearray(archive({f"user-{i}.jpg": b"x" for i in range(3)}))
    fake = struct.pack("<4s4HLLH", b"PK\5\6", 0, 0, 0, 0, 0, 0, 0)
    content[-2:] = struct.pack("<H", len(fake))
    with pytest.raises((archives.ImportFileTooLarge, archives.ImportFileEmpty)):
        archives.users_in(BytesIO(bytes(content) + fake))


def test_a_body_beyond_the_limit(api):
    refused = start(api, b"PK\3\4" + bytes(16 * 2**20))
    problem(refused, 413, "request_too_large")


def test_an_archive_in_an_archive_is_not_opened(api, stage):
    content = archive({"ada.jpg": stage.frame("ada"), "more.zip": archive(GOOD)})
    assert imported(api, content) == {"ada": ("enrolled", "enrolled")}


def test_files_that_systems_add_are_ignored(api, stage):
    content = archive(
        {
            "ada/1.jpg": stage.frame("ada"),
            "ada/.DS_Store": b"x",
            "ada/Thumbs.db": b"x",
            "__MACOSX/ada/._1.jpg": b"x",
            "ada/._1.jpg": b"x",
        }
    )
    answer = start(api, content).json()
    assert (answer["total"], answer["ignored_files"]) == (1, 4)


def test_a_comment_at_the_end(api, stage):
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as zipped:
        zipped.writestr("ada.jpg", stage.frame("ada"))
        zipped.comment = b"taken in May"
    assert imported(api, buffer.getvalue()) == {"ada": ("enrolled", "enrolled")}


def test_two_files(api):
    body = {"file": [upload(b"user_id\na"), upload(b"user_id\nb")]}
    answer = api.http.post(PATH, body, format="multipart")
    assert answer.status_code == 400
    assert not ImportJob.objects.exists()
