"""The Celery application: `celery --app faceplatform worker --queues frames`.

A worker of the queue ``frames`` measures and needs the models; one of ``housekeeping`` (the queue
of a worker that is not told any) needs the database.
"""

import logging
from typing import Any

from billiard.pool import EX_RECYCLE
from celery import Celery, bootsteps
from celery.signals import (
    beat_init,
    setup_logging,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
)
from django.conf import settings

from faceplatform import env
from faceplatform.engine.remote import worker

log = logging.getLogger(__name__)

app = Celery("faceplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["faceplatform.engine.remote.tasks", "faceplatform.sessions.tasks"]


class LookForLostProcesses(bootsteps.StartStopStep):  # type: ignore[misc]
    """Who waits for a frame is told soon that the process which had it in hand was killed.

    Celery looks after its processes every 5 seconds, and when one closes its end of a pipe; but
    then the kernel often does not know yet how it ended.
    """

    requires = ("celery.worker.components:Pool",)
    seconds = 0.25

    def register_with_event_loop(self, parent: Any, hub: Any) -> None:
        hub.call_repeatedly(self.seconds, parent.pool.maintain_pool)


app.steps["worker"].add(LookForLostProcesses)


def _measures() -> bool:
    """Whether this worker takes frames."""
    return settings.FACEPLATFORM_FRAMES_QUEUE in app.amqp.queues.consume_from


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """That somebody listens keeps Celery from replacing what the setting LOGGING says."""


@beat_init.connect
@worker_init.connect
def warn_of_old_names(**_: Any) -> None:
    """Log the variables that are set by their old names, once: in a worker's main process."""
    for warning in env.old_name_warnings():
        log.warning(warning)


@worker_init.connect
def before_the_pool(**_: Any) -> None:
    """A worker whose models do not load ends here, before it reports ready."""
    if _measures():
        worker.try_engine()


@worker_process_init.connect
def in_a_new_process(**_: Any) -> None:
    """Each process of the pool has an engine of its own, made after the fork."""
    if _measures():
        worker.begin()


@worker_process_shutdown.connect
def at_the_end_of_a_process(exitcode: int, **_: Any) -> None:
    """One that is replaced counts until the next one is warm: frames wait for it, not refused."""
    if _measures() and exitcode != EX_RECYCLE:
        worker.end()
