"""gunicorn's logging, and the requirements of several web processes."""

import os
import shutil
import tempfile
from functools import cache
from typing import Any

from django.conf import settings
from gunicorn import glogging

from faceplatform import env
from faceplatform.errors import ConfigurationError
from faceplatform.web import limits

_CACHE_OF_ONE_PROCESS = "django.core.cache.backends.locmem.LocMemCache"


def require_variables() -> None:
    """Refuse the web server's variables that cannot be used, all at once.

    Raises:
        faceplatform.errors.ConfigurationError: a line for each.
    """
    env.require_all(address, processes, threads, limits.from_environment)


def address() -> str:
    """Return the address that the server listens on: ``host:port``.

    Raises:
        faceplatform.errors.ConfigurationError: host or port cannot be used.
    """
    port = env.integer("PORT", 8000, minimum=0, maximum=65_535)
    return f"{env.text('FACEPLATFORM_HOST', '127.0.0.1')}:{port}"


def processes() -> int:
    """Return the number of web processes: one a core, at most 4, unless the environment says more.

    Threads of one process measure on several cores at once, but share Python's lock for the rest:
    two processes on two cores serve a third more frames than one does. With the local engine each
    holds the models, hence the limit.
    """
    return env.integer("FACEPLATFORM_WEB_WORKERS", min(_cores(), 4), minimum=1, maximum=256)


def threads() -> int:
    """Return the number of requests that a web process serves at a time."""
    return env.integer("FACEPLATFORM_WEB_THREADS", 16, minimum=1, maximum=256)


def lanes_of_each(processes: int) -> str:
    """Return the lanes of a web process's engine: by default one for each of its cores."""
    return env.text("FACEPLATFORM_ENGINE_LANES", str(max(_cores() // processes, 1)))


def _cores() -> int:
    return os.cpu_count() or 1


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
            f"{env.name_in_use('FACEPLATFORM_WEB_WORKERS')} above 1 needs a cache that the "
            "processes share: with this one each would count calls and failed logins for itself"
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
