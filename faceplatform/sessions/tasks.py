"""The tasks of Celery beat. Each may run twice at once: nothing is done twice."""

import logging

from celery import shared_task

from faceplatform import housekeeping

log = logging.getLogger(__name__)


@shared_task(name="faceplatform.expire_sessions", ignore_result=True)
def expire_sessions() -> None:
    """Expire overdue sessions (their samples are deleted), and run every other clean-up.

    Each session is locked and read again before it is expired, so of two runs one expires it.
    """
    log.info(", ".join(housekeeping.clean_up()))
