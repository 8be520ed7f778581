"""Django's database entry for MySQL and MariaDB, from one address."""

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from faceplatform import env
from faceplatform.errors import ConfigurationError

# The tables decide on collation, not the connection: `faceplatform.collation` checks them.
_SQL_MODE = "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION"
# Locks are held for milliseconds. A transaction that waited in vain is retried
# (`faceplatform.transactions`), for 5 seconds at most.
_LOCK_WAIT_SECONDS = 3
_CONNECT_SECONDS = 3
# Longer than any wait for a lock, so that the database reports that wait itself.
_LEAST_ANSWER_SECONDS = 2 * _LOCK_WAIT_SECONDS


def database(name: str, url: str) -> dict[str, Any]:
    """Return the entry for ``mysql://user:password@host:port/database[?ssl_ca=FILE]``.

    ``@``, ``:`` and ``/`` in user and password are percent-encoded.

    Args:
        name: the environment variable of the address, for the error.

    Raises:
        faceplatform.errors.ConfigurationError: the address is invalid. The error does not repeat
            it, as it contains a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or 3306
        query = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError as e:
        raise ConfigurationError(f"{name} is not an address that can be read") from e
    database_name = unquote(parts.path.lstrip("/"))
    if parts.scheme != "mysql" or not (parts.hostname and parts.username and database_name):
        raise ConfigurationError(
            f"{name} must be mysql://user:password@host:port/database (also for MariaDB)"
        )
    if unknown := sorted(set(query) - {"ssl_ca"}):
        raise ConfigurationError(f"{name} takes ssl_ca only, not {', '.join(unknown)}")
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": database_name,
        "HOST": parts.hostname,
        "PORT": port,
        "USER": unquote(parts.username),
        "PASSWORD": unquote(parts.password or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _options(query.get("ssl_ca")),
    }


def _options(ssl_ca: str | None) -> dict[str, Any]:
    answer_seconds = env.integer(
        "FACEPLATFORM_DATABASE_SECONDS", 10, minimum=_LEAST_ANSWER_SECONDS, maximum=86_400
    )
    options: dict[str, Any] = {
        "charset": "utf8mb4",
        "isolation_level": "read committed",
        "init_command": (
            f"SET sql_mode='{_SQL_MODE}', innodb_lock_wait_timeout={_LOCK_WAIT_SECONDS}"
        ),
        "connect_timeout": _CONNECT_SECONDS,
        "read_timeout": answer_seconds,
        "write_timeout": answer_seconds,
    }
    if ssl_ca is not None:
        options |= {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": ssl_ca}}
    return options
