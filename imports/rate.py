"""The limit on a client's frames, which the images of its imports share with its calls."""

import logging
import math

from django.db import Error
from redis.exceptions import RedisError

from faceplatform.api.throttles import CallerThrottle
from faceplatform.api.windows import SlidingWindow, take_all
from imports.models import ImportJob

log = logging.getLogger(__name__)

_FAILURE_WAIT_SECONDS = 15


class FramesUsedUp(Exception):
    """The client's or the credential's frames of this minute are used up.

    Attributes:
        seconds: until there is room again.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"no frame for {seconds} s")
        self.seconds = seconds


def has_room(job: ImportJob) -> bool:
    """Return True if an image of the job may be measured now; False if that cannot be counted."""
    try:
        return all(window.has_room() for window in _windows(job))
    except (Error, RedisError):
        log.exception("An import waits: frames cannot be counted")
        return False


def take(job: ImportJob) -> None:
    """Count an image that is about to be measured.

    Raises:
        FramesUsedUp: it was not counted.
    """
    try:
        full = take_all(_windows(job))
    except (Error, RedisError) as e:
        log.exception("An import waits: frames cannot be counted")
        raise FramesUsedUp(_FAILURE_WAIT_SECONDS) from e
    if full is not None:
        raise FramesUsedUp(math.ceil(full.wait()))


def _windows(job: ImportJob) -> list[SlidingWindow]:
    return CallerThrottle().windows_of_frames(job.client, job.credential_id)
