"""The Celery application: `celery --app faceplatform worker --queues frames`.

A worker of the queue ``frames`` measures and needs the models; one of ``housekeeping`` (the queue
of a worker that is not told any) needs the database.
"""

from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_process_init
from django.conf import settings

from faceplatform.engine import worker

app = Celery("faceplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ["faceplatform.engine.tasks", "faceplatform.sessions.tasks"]


def _measures() -> bool:
    """Whether this worker takes frames."""
    return settings.FACEPLATFORM_FRAMES_QUEUE in app.amqp.queues.consume_from


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """That somebody listens keeps Celery from replacing what the setting LOGGING says."""


@worker_init.connect
def before_the_pool(**_: Any) -> None:
    """A worker whose models do not load ends here, before it reports ready."""
    if _measures():
        worker.try_engine()


@worker_process_init.connect
def in_a_new_process(**_: Any) -> None:
    """Each process of the pool has an engine of its own, made after the fork."""
    if _measures():
        worker.load_engine()
