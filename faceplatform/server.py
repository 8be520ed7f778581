"""What the web server logs, and what it needs to run as several processes."""

import shutil
import tempfile
from functools import cache
from typing import Any

from django.conf import settings
from gunicorn import glogging

from faceplatform.errors import ConfigurationError

_CACHE_OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


class Logger(glogging.Logger):  # type: ignore[misc]
    """Writes no line a request: paths can hold session tokens, and the application logs what
    matters. That gunicorn's ``accesslog`` is unset does not keep it from making up the line."""

    access_log_enabled = False


def require_shared_cache(processes: int) -> None:
    """Refuse several web processes whose throttles each count for themselves.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if processes > 1 and settings.CACHES["default"]["BACKEND"] == _CACHE_OF_ONE_PROCESS:
        raise ConfigurationError(
            "WEB_WORKERS above 1 needs a cache that the processes share: with this one each would "
            "count calls and failed logins for itself"
        )


def logging_config() -> dict[str, Any]:
    """For gunicorn: its own lines go where the product's go, in the same format."""
    own = {"gunicorn.error": {"level": "INFO", "propagate": True}}
    return {**settings.LOGGING, "loggers": settings.LOGGING["loggers"] | own}


@cache
def metrics_folder() -> str:
    """Where the processes of this server count beside each other: a new folder at each start."""
    return tempfile.mkdtemp(prefix="faceplatform-metrics-")


def remove_metrics_folder() -> None:
    shutil.rmtree(metrics_folder())
