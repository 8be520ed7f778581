"""Typed readers of environment variables that fail loudly, naming the variable.

Every variable that only Faceplatform reads begins with ``FACEPLATFORM_``. Names that hosting
platforms and Django projects share are listed in `SHARED_NAMES`.
"""

import difflib
import os
import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from faceplatform.errors import ConfigurationError

PREFIX = "FACEPLATFORM_"
SHARED_NAMES = frozenset(
    {
        "ALLOWED_HOSTS",
        "CSRF_TRUSTED_ORIGINS",
        "DATABASE_URL",
        "DEBUG",
        "LOG_LEVEL",
        "PORT",
        "REDIS_URL",
        "SECRET_KEY",
    }
)
# Names without the prefix that are still read, with a warning. The next release drops them.
_OLD_NAMES = """
ACCESS_TOKEN_MINUTES ADMIN_SESSION_MINUTES BODY_SECONDS DATABASE_SECONDS DETECTOR ENGINE_LANES
FRAME_SECONDS HEADER_SECONDS HOST HSTS_PRELOAD HSTS_SECONDS HSTS_SUBDOMAINS HTTPS_PROXY_HEADER
HTTPS_REDIRECT LEAST_BYTES_PER_SECOND LEGACY_ANONYMOUS LEGACY_COOKIE_SECURE
LEGACY_DATABASE_PASSWORD LEGACY_DIALECTS LEGACY_LOGIN_HOURS LEGACY_RESET LOG_FORMAT
METRICS_TOKEN PATH_PREFIX PIXEL_MEMORY_MB QUEUE_PER_PROCESS QUEUE_SECONDS RECOGNITION_MODEL
REFRESH_TOKEN_HOURS REPLAY_FRAMES SCHEMA_ACCESS THROTTLE_CALLER THROTTLE_CREDENTIALS
THROTTLE_STRANGERS TRACING TRUSTED_PROXIES WEB_BUFFER_MB WEB_CONNECTIONS WEB_THREADS WEB_WORKERS
WORKER_MEMORY_MB WORKER_PROCESSES
"""
OLD_NAMES = frozenset(_OLD_NAMES.split())
_NEVER_RENAMED = """
ADMIN_SECOND_FACTOR ALLOW_MODEL_CHANGE ANALYTICS_DAYS AUDIT_DAYS AUDIT_KEYS DATA_DIR
DEEPFACE_BACKEND DEEP_TREE ENGINE IMPORTS IMPORT_DAYS IMPORT_MB LOCKOUT_ADDRESS_HOURS
LOCKOUT_FAILURES LOCKOUT_FAILURES_LIVENESS LOCKOUT_MAX_SECONDS LOCKOUT_SECONDS LOCKOUT_TOTAL
LOCKOUT_TOTAL_LIVENESS MODELS_DIR REFRESH_GRACE_SECONDS RESULT_EXCHANGE_SECONDS RESULT_ISSUER
RESULT_KEYS RESULT_SECONDS SECURITY_ALERTS SECURITY_EVENT_DAYS TEMPLATE_KEYS TIERS TRY_IT
USAGE_DAYS USAGE_SECONDS WEBHOOKS_ALLOWED_NETWORKS WEBHOOKS_ALLOW_HTTP WEBHOOKS_DAYS
WEBHOOKS_DISABLE_DAYS WEBHOOKS_PER_ENDPOINT WEBHOOKS_PORTS WEB_STREAMS WORKER_ENGINE
"""
# A list, because some are read by a single command. A test holds it to the code.
NAMES = frozenset(f"{PREFIX}{name}" for name in (*OLD_NAMES, *_NEVER_RENAMED.split()))
# Read only by the tests and their tools.
_OF_TESTS = re.compile(rf"{PREFIX}(TEST_\w+|SHARED_DIR|REQUIRE_SHARED)")
# As REST framework reads it.
_RATE = re.compile(r"[1-9][0-9]{0,8}/(s|sec|m|min|h|hour|d|day)")
# Characters that are never escaped in an address (RFC 3986: unreserved); no ``.`` or ``..``.
PATH_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+")
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}


def name_in_use(name: str) -> str:
    """Return the name that the operator set: the old one if only that is set, else the name itself.

    Raises:
        faceplatform.errors.ConfigurationError: both are set, to different values.
    """
    old = name.removeprefix(PREFIX)
    if old == name or old not in OLD_NAMES or not os.environ.get(old):
        return name
    value = os.environ.get(name)
    if value and value != os.environ[old]:
        raise ConfigurationError(
            f"{name} and its old name {old} are set to different values: remove {old}"
        )
    return name if value else old


def old_name_warnings() -> list[str]:
    """Return a warning for each variable that is set by its old name."""
    return [
        f"The environment variable {old} is now called {PREFIX}{old}. "
        "The old name still works in this release, not in the next"
        for old in sorted(OLD_NAMES)
        if os.environ.get(old)
    ]


def unknown_name_warnings() -> list[str]:
    """Return a warning for each variable with the prefix that nothing reads, such as a typo."""
    return [
        f"The environment variable {name} is unknown and has no effect{_suggestion(name)}"
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and name not in NAMES and not _OF_TESTS.fullmatch(name)
    ]


def name_warnings() -> list[str]:
    """Return a warning for each variable that is set by its old name or is unknown."""
    return [*old_name_warnings(), *unknown_name_warnings()]


def _suggestion(name: str) -> str:
    near = difflib.get_close_matches(name, NAMES, n=1, cutoff=0.8)
    return f"; did you mean {near[0]}?" if near else ""


def text(name: str, default: str | None = None) -> str:
    """Return the variable as it is. Without a default, a missing or empty one is an error."""
    value = os.environ.get(name_in_use(name), "")
    if value:
        return value
    if default is None:
        raise ConfigurationError(f"The environment variable {name} is not set")
    return default


def require_all(*requirements: Callable[[], object]) -> None:
    """Call each, and report all that is wrong at once, so that an operator fixes it in one go.

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
    """Return a secret of at least that many characters, or an empty string. No error repeats it."""
    value = text(name, "")
    if value and len(value) < least:
        raise _unusable(name, f"needs {least} characters or more")
    return value


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, "").strip().lower()
    if not value:
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise _unusable(name, f"must be true or false, not {value!r}")


def choice(name: str, default: str, among: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in among:
        raise _unusable(name, f"must be one of {', '.join(among)}, not {value!r}")
    return value


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    value = text(name, str(default))
    try:
        number = int(value)
    except ValueError as e:
        raise _unusable(name, f"must be a whole number, not {value!r}") from e
    if not minimum <= number <= maximum:
        raise _unusable(name, f"must be between {minimum} and {maximum}, not {number}")
    return number


def rate(name: str, default: str) -> str:
    """Return a number of calls per time, such as ``10/min``; the default as it is."""
    value = text(name, default)
    if value != default and not _RATE.fullmatch(value):
        raise _unusable(name, f"must be a rate such as {default}, not {value!r}")
    return value


def path_prefix(name: str) -> str:
    """Return a path such as ``/faces``, without a slash at its end; empty for none."""
    value = text(name, "").rstrip("/")
    if value and not PATH_PREFIX.fullmatch(value):
        raise _unusable(name, f"must be a path such as /faces, not {value!r}")
    return value


def strings(name: str, default: str = "") -> list[str]:
    """Return the items of a comma-separated list, stripped of blanks."""
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Return the networks of a comma-separated list, such as ``10.0.0.0/8,fd00::/8``."""
    try:
        return [ip_network(item) for item in strings(name)]
    except ValueError as e:  # its text names the item
        raise _unusable(name, f"takes networks such as 10.0.0.0/8: {e}") from e


def ports(name: str, default: str) -> list[int]:
    """Return the TCP ports of a comma-separated list."""
    items = strings(name, default)
    for item in items:
        if not (item.isascii() and item.isdigit() and len(item) <= 5 and 0 < int(item) < 65_536):
            raise _unusable(name, f"takes ports such as {default}, not {item!r}")
    return [int(item) for item in items]


def assignments(name: str, among: tuple[str, ...]) -> dict[str, str]:
    """Return a comma-separated list of ``key=value`` as a dict; each key known and given once."""
    found: dict[str, str] = {}
    for item in strings(name):
        key, _, value = (part.strip() for part in item.partition("="))
        if key not in among:
            raise _unusable(name, f"takes {', '.join(among)}, not {key!r}")
        if not value or key in found:
            raise _unusable(name, f"must name one value for {key}: {key}=...")
        found[key] = value
    return found


def subset(name: str, among: tuple[str, ...]) -> frozenset[str]:
    """Return all for ``true``, none for ``false`` or nothing, else the items of the list."""
    value = text(name, "").strip().lower()
    if not value or value in _FALSE:
        return frozenset()
    if value in _TRUE:
        return frozenset(among)
    chosen = frozenset(strings(name))
    if unknown := sorted(chosen - set(among)):
        raise _unusable(name, f"takes {', '.join(among)}, not {', '.join(unknown)}")
    return chosen


def path(name: str, default: Path) -> Path:
    return Path(text(name, str(default))).expanduser().resolve()


def _unusable(name: str, problem: str) -> ConfigurationError:
    return ConfigurationError(f"{name_in_use(name)} {problem}")
