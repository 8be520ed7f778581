"""The Celery application: `celery --app faceplatform worker --queues frames`.

A worker of the queue ``frames`` measures frames and needs the models. A worker of the queue
``housekeeping``, which is the default, needs the database. A worker of the queue ``webhooks``
delivers webhooks for as long as it runs.
"""

import logging
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from webhooks.launching import DeliveryThread

log = logging.getLogger(__name__)

app = Celery("faceplatform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = [
    "faceplatform.engine.remote.tasks",
    "faceplatform.sessions.tasks",
    "imports.tasks",
]


class LostProcessCheck(bootsteps.StartStopStep):  # type: ignore[misc]
    """A more frequent check for killed pool processes, so that their frames are repeated soon.

    Celery checks its processes every 5 seconds, and when one closes its end of a pipe; at that
    moment the kernel often does not know yet how the process ended.
    """

    requires = ("celery.worker.components:Pool",)
    seconds = 0.25

    def register_with_event_loop(self, parent: Any, hub: Any) -> None:
        hub.call_repeatedly(self.seconds, parent.pool.maintain_pool)


class Deliveries(bootsteps.StartStopStep):  # type: ignore[misc]
    """The delivery loop of a worker of the queue ``webhooks``, in a thread of its main process.

    A step of the worker, not of its consumer: it starts, and goes on, without the broker. No task
    is ever sent to the queue; its name selects the worker.
    """

    def include_if(self, parent: Any) -> bool:
        return _consumes(settings.FACEPLATFORM_WEBHOOKS_QUEUE)

    def __init__(self, parent: Any, **named: Any) -> None:
        self._thread: DeliveryThread | None = None
        super().__init__(parent, **named)

    def start(self, parent: Any) -> None:
        from webhooks.launching import DeliveryThread  # the apps are loaded by now

        self._thread = DeliveryThread(lease=False)
        self._thread.start()

    def stop(self, parent: Any) -> None:
        if self._thread is not None:
            self._thread.stop()


app.steps["worker"].add(LostProcessCheck)
app.steps["worker"].add(Deliveries)


def _consumes(queue: str) -> bool:
    """Return True if this worker takes tasks of that queue."""
    return queue in app.amqp.queues.consume_from


def _measures() -> bool:
    """Return True if this worker takes frames."""
    return _consumes(settings.FACEPLATFORM_FRAMES_QUEUE)


@setup_logging.connect
def keep_our_logging(**_: Any) -> None:
    """Do nothing: connecting any receiver stops Celery from reconfiguring logging."""


@beat_init.connect
@worker_init.connect
def warn_of_names(**_: Any) -> None:
    """Log variables with an old or unknown name, once: in the main process of a worker or beat."""
    for warning in env.name_warnings():
        log.warning(warning)


@worker_init.connect
def try_models(**_: Any) -> None:
    """Try the models: a worker whose models do not load ends before it reports ready."""
    if _measures():
        worker.require_engine()


@worker_process_init.connect
def start_measuring(**_: Any) -> None:
    """Create this pool process's own engine, after the fork."""
    if _measures():
        worker.begin()


@worker_process_shutdown.connect
def stop_measuring(exitcode: int, **_: Any) -> None:
    """Report the end of this process, unless another one replaces it.

    A replaced process counts until its successor is warm: frames wait for that one instead of being
    refused.
    """
    if _measures() and exitcode != EX_RECYCLE:
        worker.end()
