"""The readiness check: measure an image, and use database and cache. Results are cached."""

import logging
from threading import Lock
from time import monotonic

from django.core.cache import cache
from django.db import InterfaceError, OperationalError, connection
from redis.exceptions import RedisError

from faceplatform.engine.registry import get_engine
from faceplatform.engine.types import Wants
from faceplatform.errors import EngineBusy, EngineError, FaceplatformError
from faceplatform.system.readiness_image import draw_face

log = logging.getLogger(__name__)
KEPT_SECONDS = 5


class NotReady(FaceplatformError):
    """The check has not finished yet. Base of the failures of each part."""

    code = "not_ready"
    status = 503
    title = "The service has not checked its readiness yet"


class DatabaseNotReady(NotReady):
    code = "database_not_ready"
    title = "The database does not answer"


class CacheNotReady(NotReady):
    code = "cache_not_ready"
    title = "The cache does not answer"


class EngineNotReady(NotReady):
    code = "engine_not_ready"
    title = "Frames cannot be measured"


class Readiness:
    """A check whose result is kept for KEPT_SECONDS, so that frequent calls cost nothing.

    Calls during a check get the previous result.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._failure: type[NotReady] | None = NotReady
        self._due = monotonic()

    def failure(self) -> NotReady | None:
        """Return the failure found by the last check; None if the service is ready."""
        if monotonic() >= self._due and self._lock.acquire(blocking=False):
            found: type[NotReady] | None = NotReady
            try:
                found = _failing_part()
            finally:
                self._failure = found
                self._due = monotonic() + KEPT_SECONDS
                self._lock.release()
        return None if self._failure is None else self._failure(retry_after=KEPT_SECONDS)


def _failing_part() -> type[NotReady] | None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError) as e:
        log.warning("Not ready: the database does not answer: %s", e)
        return DatabaseNotReady
    try:
        cache.set("readiness", "checked", timeout=KEPT_SECONDS)
    except (RedisError, OperationalError) as e:  # from Redis, or from the embedded cache
        log.warning("Not ready: the cache does not answer: %s", e)
        return CacheNotReady
    engine = get_engine()
    try:
        engine.measure(draw_face(), wants=Wants(liveness=engine.has_liveness))
    except EngineBusy:
        return None  # a full queue means that workers are measuring
    except EngineError as e:
        log.warning("Not ready: a frame was not measured: %s", e.detail)
        return EngineNotReady
    return None


readiness = Readiness()
