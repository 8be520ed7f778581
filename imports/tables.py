"""CSV files of users: ``user_id``, and perhaps ``display_name``, ``metadata`` (JSON) and consent.

The columns of a consent are filled together in a row, or all empty.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from typing import Any

from rest_framework.exceptions import ValidationError

from clients.users.serializers import ConsentSerializer
from faceplatform import characters
from faceplatform.api import json_text
from faceplatform.api.bodies import Malformed
from faceplatform.api.fields import MetadataField
from imports.errors import (
    ImportCsvInvalid,
    ImportFileEmpty,
    ImportFileError,
    ImportFileTooLarge,
)
from imports.planning import (
    CONSENT_INVALID,
    MAX_NAME,
    MAX_USERS,
    METADATA_INVALID,
    NAME_INVALID,
    REPEATED,
    Plan,
    PlannedUser,
    id_fault,
    shown,
)

# Column and member of a consent.
_CONSENT = {
    "consent_given_at": "given_at",
    "consent_text_version": "text_version",
    "consent_source": "source",
}
_COLUMNS = ("user_id", "display_name", "metadata", *_CONSENT)
# Python's reader makes an object of each field, also of those too many: of so short a row they take
# a few megabytes. Every column has less, even if all of it is escaped.
_MOST_CHARACTERS = 2**18
# A user's metadata may be written over some lines; of blank lines alone, reading takes a second.
_MOST_LINES = 50 * MAX_USERS
_metadata = MetadataField()


class _Lines:
    """The lines of a file, of which a row may take several; decoded as they are read.

    Refuses a row of too many characters before it has been read, and a file of too many lines.
    """

    def __init__(self, content: bytes) -> None:
        self._text = TextIOWrapper(BytesIO(content), "utf-8-sig", newline="")
        self._count = 0
        self.begin_row()

    def begin_row(self) -> None:
        """Expect the first line of a row."""
        self._left = _MOST_CHARACTERS

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            ImportCsvInvalid, ImportFileTooLarge, StopIteration, UnicodeDecodeError
        """
        line = self._text.readline(self._left + 1)
        if not line:
            raise StopIteration
        self._count += 1
        self._left -= len(line)
        if self._left < 0:
            raise ImportCsvInvalid(f"The row at line {self._count} is too long")
        if self._count > _MOST_LINES:
            raise ImportFileTooLarge(f"The CSV file has more than {_MOST_LINES:,} lines")
        return line


def users_in(content: bytes) -> Plan:
    """Return the users of a CSV file in UTF-8, with or without a byte order mark.

    Raises:
        ImportCsvInvalid, ImportFileEmpty, ImportFileError, ImportFileTooLarge
    """
    lines = _Lines(content)
    rows = csv.reader(lines, strict=True)
    users: list[PlannedUser] = []
    known: set[str] = set()
    try:
        header = [name.strip() for name in next(rows, [])]
        _require_columns(header)
        for row in _filled(rows, lines):
            if len(users) == MAX_USERS:
                raise ImportFileTooLarge(f"The CSV file has more than {MAX_USERS:,} users")
            if len(row) != len(header):
                raise ImportCsvInvalid(f"Line {rows.line_num} has {len(row)} fields")
            user = _user(dict(zip(header, row, strict=True)), known)
            users.append(replace(user, line=rows.line_num))
    except UnicodeDecodeError as e:
        raise ImportFileError("The file is neither a zip archive nor a CSV file in UTF-8") from e
    except csv.Error as e:
        raise ImportCsvInvalid(f"Line {rows.line_num} of the CSV file cannot be read") from e
    if not users:
        raise ImportFileEmpty
    return Plan(users)


def _require_columns(header: list[str]) -> None:
    named = {*header}
    is_known = len(named) == len(header) and "user_id" in named and named <= {*_COLUMNS}
    if not is_known or len(named & {*_CONSENT}) not in {0, len(_CONSENT)}:
        raise ImportCsvInvalid(
            "The first line must name the columns: user_id, and perhaps display_name, metadata, "
            "and together consent_given_at, consent_text_version and consent_source"
        )


def _filled(rows: Iterator[list[str]], lines: _Lines) -> Iterator[list[str]]:
    lines.begin_row()
    for row in rows:
        lines.begin_row()
        if row:
            yield row


def _user(row: dict[str, str], known: set[str]) -> PlannedUser:
    user_id = row["user_id"]
    if fault := id_fault(user_id):
        return PlannedUser(shown(user_id), fault=fault)
    if user_id in known:
        return PlannedUser(user_id, fault=REPEATED)
    known.add(user_id)
    name = row.get("display_name", "")
    if len(name) > MAX_NAME or characters.has_invisible(name):
        return PlannedUser(user_id, fault=NAME_INVALID)
    try:
        metadata = _metadata_in(row.get("metadata", ""))
    except (Malformed, ValidationError):
        return PlannedUser(user_id, fault=METADATA_INVALID)
    try:
        consent = _consent_in(row)
    except ValidationError:
        return PlannedUser(user_id, fault=CONSENT_INVALID)
    return PlannedUser(user_id, display_name=name, metadata=metadata, consent=consent)


def _consent_in(row: dict[str, str]) -> dict[str, str]:
    """Return the consent of a row, or an empty dict.

    Raises:
        ValidationError: as in the API.
    """
    sent = {member: row.get(column, "") for column, member in _CONSENT.items()}
    if not any(sent.values()):
        return {}
    given: dict[str, Any] = ConsentSerializer().run_validation(sent)
    return {**given, "given_at": given["given_at"].isoformat()}


def _metadata_in(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    json_text.check_structure(text.encode())
    value: dict[str, Any] = _metadata.run_validation(json_text.parse(text))
    return value
