"""Typed readers of environment variables that fail loudly, naming the variable."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from faceplatform.errors import ConfigurationError

# As REST framework reads it.
_RATE = re.compile(r"[1-9][0-9]{0,8}/(s|sec|m|min|h|hour|d|day)")
# Characters that are never escaped in an address (RFC 3986: unreserved); no ``.`` or ``..``.
_PATH_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def text(name: str, default: str | None = None) -> str:
    """The variable as it is. Without a default, a missing or empty one is an error."""
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise ConfigurationError(f"The environment variable {name} is not set")
    return default


def require_all(*requirements: Callable[[], object]) -> None:
    """Call each, and tell all that is wrong at once: an operator mends it in one go.

    Raises:
        faceplatform.errors.ConfigurationError: a line for each that raised one.
    """
    faults = []
    for requirement in requirements:
        try:
            requirement()
        except ConfigurationError as e:
            faults.append(e.detail)
    if faults:
        raise ConfigurationError("\n".join(faults))


def secret(name: str, *, least: int) -> str:
    """A secret of at least so many characters, or none: empty. It is never repeated."""
    value = text(name, "")
    if value and len(value) < least:
        raise ConfigurationError(f"{name} needs {least} characters or more")
    return value


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ConfigurationError(f"{name} must be true or false, not {value!r}")


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in among:
        raise ConfigurationError(f"{name} must be one of {', '.join(among)}, not {value!r}")
    return value


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as e:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}") from e
    if not minimum <= number <= maximum:
        raise ConfigurationError(f"{name} must be between {minimum} and {maximum}, not {number}")
    return number


def rate(name: str, default: str) -> str:
    """So many in so long, such as ``10/min``."""
    value = text(name, default)
    if not _RATE.fullmatch(value):
        raise ConfigurationError(f"{name} must be a rate such as {default}, not {value!r}")
    return value


def path_prefix(name: str) -> str:
    """Return a path such as ``/faces``, without a slash at its end; empty for none."""
    value = text(name, "").rstrip("/")
    if value and not _PATH_PREFIX.fullmatch(value):
        raise ConfigurationError(f"{name} must be a path such as /faces, not {value!r}")
    return value


def strings(name: str, default: str = "") -> list[str]:
    """A comma-separated list; blanks around the items are dropped."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def assignments(name: str, among: tuple[str, ...]) -> dict[str, str]:
    """A comma-separated list of ``key=value``, each key once and one of those known."""
    found: dict[str, str] = {}
    for item in strings(name):
        key, _, value = (part.strip() for part in item.partition("="))
        if key not in among:
            raise ConfigurationError(f"{name} takes {', '.join(among)}, not {key!r}")
        if not value or key in found:
            raise ConfigurationError(f"{name} must name one value for {key}: {key}=...")
        found[key] = value
    return found


def subset(name: str, among: tuple[str, ...]) -> frozenset[str]:
    """``true`` for all, ``false`` or nothing for none, or a comma-separated list of some."""
    value = text(name, "").strip().lower()
    if not value or value in _FALSE:
        return frozenset()
    if value in _TRUE:
        return frozenset(among)
    chosen = frozenset(strings(name))
    if unknown := sorted(chosen - set(among)):
        raise ConfigurationError(f"{name} takes {', '.join(among)}, not {', '.join(unknown)}")
    return chosen


def path(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()
