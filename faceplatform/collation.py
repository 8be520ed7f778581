"""Check that the database compares text byte by byte: otherwise two users become one.

For MySQL's usual collations "Ada" and "ada" are the same text, and even its older binary collation
ignores trailing spaces. A user id, API key or group name must never match another one.
"""

from django.db import connections

from faceplatform.errors import ConfigurationError

# MariaDB's name, and MySQL's.
EXACT = ("utf8mb4_nopad_bin", "utf8mb4_0900_bin")

HINT = (
    "CREATE DATABASE ... CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin (on MySQL: "
    "utf8mb4_0900_bin), before the first migrate"
)


def require_exact_text() -> None:
    """Refuse a database that compares text loosely.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if found := inexact_text():
        raise ConfigurationError(f"The database compares text loosely ({found[0]}): {HINT}")


def inexact_text(alias: str = "default") -> list[str]:
    """Return the parts of a MySQL or MariaDB database that compare text loosely.

    These are columns, and the database itself, whose collation new tables get. The list is empty
    on any other database. JSON columns are skipped, because nothing is searched in them.
    """
    connection = connections[alias]
    if connection.vendor != "mysql":
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT @@collation_database")
        (of_database,) = cursor.fetchone()
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = DATABASE() AND data_type IN ('char', 'varchar') "
            "AND collation_name NOT IN %s ORDER BY table_name, column_name",
            [EXACT],
        )
        columns = [f"{table}.{column}" for table, column in cursor.fetchall()]
    return columns if of_database in EXACT else [f"the database ({of_database})", *columns]
