"""The panel of the queue of frames and of the processes that measure them."""

from dataclasses import dataclass

import redis
from django.conf import settings

from faceplatform.engine.remote.mailbox import Admission, mailbox
from faceplatform.system import index_panels
from faceplatform.system.index_panels import Account, IndexPanel

_WORDS = {
    Admission.ADMITTED: "Frames are taken.",
    Admission.FULL: "The queue is full: further frames are refused until workers have caught up.",
    Admission.STUCK: "Workers take no frames from the queue: further frames are refused.",
    Admission.NO_WORKERS: "No worker runs: frames are refused.",
}


@dataclass(frozen=True, slots=True)
class Queue:
    """The state of the queue.

    Attributes:
        state: a sentence.
        is_good: frames are taken.
        has_figures: the others are known: Redis answers, and there is a queue.
        oldest: the waiting time of the oldest frame, in seconds.
        processes: the number of processes that measure.
    """

    state: str
    is_good: bool
    has_figures: bool = False
    waiting: int = 0
    oldest: float = 0.0
    processes: int = 0


def register() -> None:
    """Register the panel. It is for all who may see sessions."""
    permissions = (
        "enrollment.view_enrollmentsession",
        "authentication.view_authenticationsession",
    )
    index_panels.register(
        IndexPanel(30, "Queue and workers", permissions, "system/panel_queue.html", _read)
    )


def _read(account: Account) -> Queue:
    if settings.FACEPLATFORM_ENGINE != "remote":
        return Queue(
            "The web processes measure frames themselves: there is no queue.", is_good=True
        )
    try:
        admission, look = mailbox().ask(), mailbox().look()
    except redis.RedisError:
        return Queue("Redis does not answer: frames are refused.", is_good=False)
    return Queue(
        _WORDS[admission],
        admission is Admission.ADMITTED,
        has_figures=True,
        waiting=look.waiting,
        oldest=look.oldest,
        processes=len(look.processes),
    )
