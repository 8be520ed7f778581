"""The worker's side: a picture in, an analysis out. Owns no rule, touches no database."""

import logging
from typing import Any

from celery import shared_task
from celery.signals import task_failure

from faceplatform.engine import codec
from faceplatform.engine.decode import decode
from faceplatform.engine.mailbox import mailbox
from faceplatform.engine.registry import get_engine
from faceplatform.engine.types import Wants
from faceplatform.errors import FaceplatformError

log = logging.getLogger(__name__)

# The code of a measurement whose process ended in the middle of it.
LOST = "measurement_lost"


@shared_task(name="faceplatform.analyze_frame", ignore_result=True)
def analyze_frame(name: str, *, embedding: bool, liveness: bool) -> None:
    """Measure the picture of that name in the mailbox and leave the answer there.

    Nothing is done for a picture that is gone: nobody waits for it any more.
    """
    picture = mailbox().take(name)
    if picture is None:
        log.info("Dropped a frame that nobody waits for")
        return
    wants = Wants(embedding=embedding, liveness=liveness)
    mailbox().answer(name, _measured(picture, wants))


def _measured(picture: bytes, wants: Wants) -> bytes:
    try:
        return codec.pack_analysis(get_engine().analyze(decode(picture), wants=wants))
    except FaceplatformError as e:
        log.error("A frame could not be measured: %s: %s", e.code, e.detail)  # noqa: TRY400
        return codec.pack_failure(e.code)


@task_failure.connect
def tell_of_loss(sender: Any, args: Any, **_: Any) -> None:
    """In the worker's main process too, where a killed process of the pool is noticed: who waits
    for its answer is told at once."""
    if getattr(sender, "name", None) == analyze_frame.name and args:
        mailbox().answer(args[0], codec.pack_failure(LOST))
