"""The database server of a deployment: MariaDB, or MySQL if FACEPLATFORM_TEST_SERVER says so."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pymysql

from tests.deployment.processes import Process, free_port

_DATABASE = "faceplatform"
# Created as in docs/operations.md: with rights on the product's database only.
USER, PASSWORD = "face", "a-password-of-tests"


@dataclass(frozen=True, slots=True)
class Make:
    """The differences between the makes of server: programs and setup.

    Args:
        install: the program that initializes an empty data folder, and its options.
        server: the server's program, and options.
        collation: the name of its byte-by-byte collation.
        dump, restore: the commands of docs/operations.md.
    """

    name: str
    install: tuple[str, ...]
    server: tuple[str, ...]
    collation: str
    dump: str
    restore: str


MAKES = {
    "mariadb": Make(
        name="MariaDB",
        install=("mariadb-install-db", "--auth-root-authentication-method=normal"),
        server=("mariadbd",),
        collation="utf8mb4_nopad_bin",
        dump="mariadb-dump --single-transaction --hex-blob "
        "--default-character-set=utf8mb4 faceplatform",
        restore="mariadb --default-character-set=utf8mb4 faceplatform",
    ),
    "mysql": Make(
        name="MySQL",
        install=("mysqld", "--initialize-insecure"),
        # A port and a folder that all servers of a machine share, and that nobody here uses.
        server=("mysqld", "--mysqlx=OFF", "--secure-file-priv=NULL"),
        collation="utf8mb4_0900_bin",
        dump="mysqldump --single-transaction --no-tablespaces --set-gtid-purged=OFF --hex-blob "
        "--default-character-set=utf8mb4 faceplatform",
        restore="mysql --default-character-set=utf8mb4 faceplatform",
    ),
}


def make_under_test() -> Make:
    """Return the make that FACEPLATFORM_TEST_SERVER names, by default MariaDB."""
    return MAKES[os.environ.get("FACEPLATFORM_TEST_SERVER", "mariadb")]


class Database(Process):
    """A database server with the product's empty database, durable as installed.

    Args:
        options: further options of the server.
    """

    def __init__(self, folder: Path, name: str = "database", *options: str) -> None:
        self.make = make_under_test()
        self.port = free_port()
        self.url = self.url_at(self.port)
        self._data = folder / name
        program, *always = self.make.server
        super().__init__(
            name,
            [
                *(program, "--no-defaults", *always, f"--user={_user()}"),
                *(f"--datadir={self._data}", "--bind-address=127.0.0.1", f"--port={self.port}"),
                *(f"--socket={self._data}/socket", f"--pid-file={self._data}/pid", *options),
            ],
            environment=os.environ,
            folder=folder,
            is_ready=lambda _: self._answers(),
        )

    def url_at(self, port: int) -> str:
        """Return the address of the product's database for a server at that port."""
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{port}/{_DATABASE}"

    def start(self) -> None:
        is_empty = not self._data.exists()
        if is_empty:
            self._install()
        super().start()
        if is_empty:
            for statement in (
                f"CREATE DATABASE {_DATABASE} CHARACTER SET utf8mb4 COLLATE {self.make.collation}",
                f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
                f"GRANT ALL ON {_DATABASE}.* TO '{USER}'@'127.0.0.1'",
            ):
                self.run(statement, database="")

    def connect(self, *, database: str = _DATABASE) -> pymysql.connections.Connection:
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user="root", database=database, connect_timeout=2
        )

    def run(self, statement: str, *, database: str = _DATABASE) -> tuple[tuple[object, ...], ...]:
        """Run one statement and return its rows."""
        connection = self.connect(database=database)
        try:
            cursor = connection.cursor()
            cursor.execute(statement)
            connection.commit()
            rows: tuple[tuple[object, ...], ...] = cursor.fetchall()
        finally:
            connection.close()
        return rows

    def pipe(self, command: str, given: bytes = b"") -> bytes:
        """Run a documented command, such as `Make.dump`, with the product's own account; return its
        output.

        Args:
            given: its input.
        """
        program, *arguments = command.split()
        account = (f"--port={self.port}", f"--user={USER}", f"--password={PASSWORD}")
        return subprocess.run(
            [program, "--no-defaults", "--host=127.0.0.1", *account, *arguments],
            input=given,
            capture_output=True,
            check=True,
        ).stdout

    def _install(self) -> None:
        program, *options = self.make.install
        run = subprocess.run(
            [program, "--no-defaults", *options, f"--user={_user()}", f"--datadir={self._data}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise RuntimeError(f"{program} failed: {run.stdout}{run.stderr}")

    def _answers(self) -> bool:
        try:
            self.run("SELECT 1", database="")
        except pymysql.err.OperationalError:
            return False
        return True


def _user() -> str:
    """Return the current user's name: neither server runs as root unless told so by name."""
    return pwd.getpwuid(os.getuid()).pw_name
