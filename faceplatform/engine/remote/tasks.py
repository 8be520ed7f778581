"""The worker's side: an image in, a measurement out. Decides nothing, uses no database."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from celery import shared_task
from celery.signals import task_failure

from faceplatform import tracing
from faceplatform.engine.registry import get_engine
from faceplatform.engine.remote import codec
from faceplatform.engine.remote.codec import Failure
from faceplatform.engine.remote.mailbox import Taken, mailbox
from faceplatform.engine.types import Following, Wants
from faceplatform.errors import FaceplatformError, ImageError
from faceplatform.request_id import NONE, serving

log = logging.getLogger(__name__)

# The code of a measurement whose process died.
LOST = "measurement_lost"


@shared_task(name="faceplatform.analyze_frame", ignore_result=True)
def analyze_frame(
    name: str,
    *,
    wants: dict[str, bool],
    following: dict[str, Any] | None,
    request_id: str,
    trace: dict[str, str],
) -> None:
    """Measure an image from the mailbox and put the answer there.

    An image that is gone is skipped: nobody waits for it any more.

    Args:
        name: of the image in the mailbox.
        wants: the members of `Wants`.
        following: those of `Following`, and of what it holds; None outside of a stream.
        request_id: of the request that posted the image, for the log.
        trace: the context that continues its trace, from `tracing.carrier`.
    """
    with serving(request_id), tracing.span("measure", kind="consumer", carrier=trace) as span:
        taken = mailbox().take(name)
        if taken is None:
            log.info("Dropped a frame that nobody waits for")
            return
        stages, answer = _measure(taken, Wants(**wants), codec.following_of(following))
        mailbox().answer(name, answer)
        if span is not None:
            span.set_attributes({f"faceplatform.{stage}_ms": ms for stage, ms in stages.items()})
        log.debug("Milliseconds of a frame: %s", stages)


def _measure(
    taken: Taken, wants: Wants, following: Following | None
) -> tuple[Mapping[str, float], bytes]:
    """Return the milliseconds of each stage, and the answer."""
    try:
        measured = get_engine().measure(taken.image, wants=wants, following=following)
    except ImageError as e:
        return {}, codec.pack(Failure(e.code, e.detail))
    except FaceplatformError as e:
        log.error("A frame could not be measured: %s: %s", e.code, e.detail)  # noqa: TRY400
        return {}, codec.pack(Failure(e.code))
    stages = {"queue": taken.waited, **measured.analysis.stages}
    analysis = replace(measured.analysis, stages=stages)
    return stages, codec.pack(replace(measured, analysis=analysis))


@task_failure.connect
def report_loss(sender: Any, args: Any, kwargs: Any, **_: Any) -> None:
    """Answer at once for a process that died while measuring.

    Celery also calls this in the worker's main process, which notices the death of a pool process.
    """
    if getattr(sender, "name", None) == analyze_frame.name and args:
        with serving(kwargs.get("request_id", NONE)):
            log.error("A process ended while it measured a frame")
        mailbox().answer(args[0], codec.pack(Failure(LOST)))
