"""gunicorn's logging, and the requirements of several web processes."""

import shutil
import tempfile
from functools import cache
from typing import Any

from django.conf import settings
from gunicorn import glogging

from faceplatform.errors import ConfigurationError

_CACHE_OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


class Logger(glogging.Logger):  # type: ignore[misc]
    """gunicorn's logger without access log: paths can contain session tokens.

    gunicorn formats each line even if ``accesslog`` is not set.
    """

    access_log_enabled = False


def require_shared_cache(processes: int) -> None:
    """Refuse to run several web processes that would not share their throttles' counts.

    Raises:
        faceplatform.errors.ConfigurationError
    """
    if processes > 1 and settings.CACHES["default"]["BACKEND"] == _CACHE_OF_ONE_PROCESS:
        raise ConfigurationError(
            "WEB_WORKERS above 1 needs a cache that the processes share: with this one, each "
            "process would count calls and failed logins on its own"
        )


def logging_config() -> dict[str, Any]:
    """Return the logging configuration that gives gunicorn's lines the product's format."""
    own = {"gunicorn.error": {"level": "INFO", "propagate": True}}
    return {**settings.LOGGING, "loggers": settings.LOGGING["loggers"] | own}


@cache
def metrics_folder() -> str:
    """Return the folder in which this server's processes count: a new one for each start."""
    return tempfile.mkdtemp(prefix="faceplatform-metrics-")


def remove_metrics_folder() -> None:
    shutil.rmtree(metrics_folder())
