"""Sources of 003's old users: a table ``users(id, timestamp)`` of MySQL, MariaDB or SQLite."""

import re
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.utils.dateparse import parse_datetime

from faceplatform import env
from faceplatform.errors import FaceplatformError

PASSWORD_VARIABLE = "FACEPLATFORM_LEGACY_DATABASE_PASSWORD"  # noqa: S105  (a variable's name)
_TABLE = re.compile(r"[A-Za-z0-9_]{1,64}")
_AT_ONCE = 500


class SourceUnusable(FaceplatformError):
    code = "source_unusable"
    title = "The old database cannot be read"


@dataclass(frozen=True, slots=True)
class OldUser:
    """One row, its id as found and not checked."""

    id: Any
    registered_at: datetime | None


class Source(ABC):
    """A table that is read in the order of its ids, a page at a time."""

    placeholder: str
    quote: str

    def __init__(self, connection: Any, table: str, errors: type[Exception]) -> None:
        if not _TABLE.fullmatch(table):
            raise SourceUnusable(f"{table!r} is no name of a table")
        self._connection, self._errors = connection, errors
        self._table = f"{self.quote}{table}{self.quote}"

    def count(self) -> int:
        """Return the number of users.

        Raises:
            SourceUnusable
        """
        return int(self._query(f"SELECT COUNT(*) FROM {self._table}")[0][0])  # noqa: S608

    def users(self) -> Iterator[OldUser]:
        """Yield the users by id, a page at a time.

        Raises:
            SourceUnusable
        """
        columns = f"{self.quote}id{self.quote}, {self.quote}timestamp{self.quote}"
        key = f"{self.quote}id{self.quote}"
        start = f"SELECT {columns} FROM {self._table}"  # noqa: S608  (checked above)
        page = f"ORDER BY {key} LIMIT {_AT_ONCE}"
        rows = self._query(f"{start} {page}")
        while rows:
            for identifier, registered_at in rows:
                yield OldUser(identifier, self.moment(registered_at))
            rows = self._query(f"{start} WHERE {key} > {self.placeholder} {page}", rows[-1][0])

    def close(self) -> None:
        self._connection.close()

    @abstractmethod
    def moment(self, value: Any) -> datetime | None:
        """Return the driver's time as a time with a zone."""

    def _query(self, sql: str, *parameters: Any) -> list[Any]:
        try:
            with closing(self._connection.cursor()) as cursor:
                cursor.execute(sql, parameters)
                return list(cursor.fetchall())
        except self._errors as e:
            raise SourceUnusable(f"The old database says: {e}") from e


class SqliteSource(Source):
    placeholder, quote = "?", '"'

    def moment(self, value: Any) -> datetime | None:
        try:
            parsed = parse_datetime(str(value))
        except ValueError:  # of the right form, but no date
            return None
        return parsed.replace(tzinfo=parsed.tzinfo or UTC) if parsed else None


class MySqlSource(Source):
    placeholder, quote = "%s", "`"

    def moment(self, value: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if isinstance(value, datetime) else None


def open_source(address: str, table: str) -> Source:
    """Open the table at ``mysql://user:password@host:3306/database``, ``sqlite:///file`` or a file.

    The password may also come from the environment, where no list of processes shows it.

    Raises:
        SourceUnusable: no such file, no driver, no connection.
    """
    parts = urlsplit(address)
    if parts.scheme in {"mysql", "mariadb"}:
        return _open_mysql(address, table)
    path = Path(address.removeprefix("sqlite:///")).expanduser()
    if not path.is_file():
        raise SourceUnusable(f"{path} is no file, and {address!r} no address of a database")
    connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    return SqliteSource(connection, table, sqlite3.Error)


def _open_mysql(address: str, table: str) -> Source:
    driver = _mysql_driver()
    parts = urlsplit(address)
    password = unquote(parts.password or "") or env.text(PASSWORD_VARIABLE, "")
    try:
        connection = driver.connect(
            host=parts.hostname or "127.0.0.1",
            port=parts.port or 3306,
            user=unquote(parts.username or ""),
            password=password,
            database=parts.path.lstrip("/"),
            charset="utf8mb4",
            connect_timeout=10,
        )
        with closing(connection.cursor()) as cursor:
            # TIMESTAMP is kept in UTC and shown in the session's zone.
            cursor.execute("SET time_zone = '+00:00'")
    except driver.Error as e:
        raise SourceUnusable(f"The old database says: {e}") from e
    return MySqlSource(connection, table, driver.Error)


def _mysql_driver() -> Any:
    """Return mysqlclient, or PyMySQL where that is installed instead."""
    try:
        import MySQLdb
    except ImportError:
        pass
    else:
        return MySQLdb
    try:
        import pymysql
    except ImportError as e:
        raise SourceUnusable(
            "A driver for MySQL is missing: pip install -r requirements/mysql.txt"
        ) from e
    return pymysql
