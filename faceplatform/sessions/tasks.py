"""What beat has done. Each task may run twice at once: nothing is done twice."""

import logging

from celery import shared_task

from faceplatform.api import idempotency
from faceplatform.sessions import replay
from faceplatform.sessions.ending import expire_overdue

log = logging.getLogger(__name__)


@shared_task(name="faceplatform.expire_sessions", ignore_result=True)
def expire_sessions() -> None:
    """Expire overdue sessions (their samples are deleted); forget kept answers and seen frames.

    Each session is locked and read anew before it is expired, so of two runs one expires it.
    """
    expired = 0
    while swept := expire_overdue():
        expired += swept
    removed = idempotency.remove_expired()
    forgotten = replay.forget()
    log.info(
        "%d sessions expired, %d kept answers removed, %d seen frames forgotten",
        expired,
        removed,
        forgotten,
    )
