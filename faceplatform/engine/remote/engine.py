"""RemoteEngine: the same interface; workers measure while this process waits."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from time import monotonic
from typing import NamedTuple

import redis
from django.conf import settings

from faceplatform import tracing
from faceplatform.engine.configured import ConfiguredEngine
from faceplatform.engine.remote import codec, envelope
from faceplatform.engine.remote.codec import Failure
from faceplatform.engine.remote.mailbox import Admission, mailbox
from faceplatform.engine.remote.tasks import LOST, analyze_frame
from faceplatform.engine.types import Following, Measurement, Wants
from faceplatform.errors import (
    EngineBusy,
    EngineError,
    ImageError,
    ModelCorrupted,
    ModelMissing,
)
from faceplatform.metrics import REFUSED, REPEATED
from faceplatform.request_id import current_request_id

log = logging.getLogger(__name__)

# Retry-After: a full queue drains in the time of a frame, a lost worker is back in seconds.
_BUSY_SECONDS = 1
_UNAVAILABLE_SECONDS = 2
# How long after a refusal to check for room before reading the body.
_WARY_SECONDS = 1.0
_ENGINE_ERRORS = {error.code: error for error in (EngineBusy, ModelMissing, ModelCorrupted)}
_IMAGE_ERRORS = {error.code: error for error in ImageError.__subclasses__()}


class _Order(NamedTuple):
    """The parts of a measurement that a worker is asked for."""

    wants: Wants
    following: Following | None


class _Lost(Exception):
    """A worker took the image and will not answer."""


class RemoteEngine(ConfiguredEngine):
    """Has images decoded and measured by workers, over Redis. Holds no model.

    An image that could not be measured in time is refused at once. After the loss of a worker the
    measurement is repeated once; workers write nothing, so nothing is counted twice. An image that
    no worker takes in time is withdrawn, so none is measured in vain.
    """

    def __init__(self) -> None:
        # Check for room before reading the body only after a recent refusal; otherwise it costs a
        # round trip per frame.
        self._wary_until = 0.0

    def require_room(self) -> None:
        """See Engine.require_room."""
        if monotonic() < self._wary_until:
            with _translated_redis_errors():
                self._require_admitted(mailbox().ask())

    def measure(
        self, image: bytes, *, wants: Wants, following: Following | None = None
    ) -> Measurement:
        """See Engine.measure. The first of ``stages`` is ``queue``: the wait for a worker.

        Raises:
            faceplatform.errors.EngineBusy: as many frames are waiting as can be measured in time.
            faceplatform.errors.EngineError: there is no worker, or none took the image within
                FACEPLATFORM_FRAME_SECONDS, or Redis does not answer.
        """
        order = _Order(wants, following)
        deadline = monotonic() + settings.FACEPLATFORM_FRAME_SECONDS
        with tracing.span("measure elsewhere", kind="producer"), _translated_redis_errors():
            try:
                return self._attempt(image, order, deadline, share=0.5)
            except _Lost:
                log.warning("A worker was lost in a frame, which is measured again")
                REPEATED.inc()
            try:
                return self._attempt(image, order, deadline, share=1.0, again=True)
            except _Lost as e:
                raise _counted_refusal("lost", "Two workers were lost") from e

    def warm_up(self) -> None:
        """Do nothing: workers load the models. While there is none, frames get a 503."""

    def _attempt(
        self, image: bytes, order: _Order, deadline: float, *, share: float, again: bool = False
    ) -> Measurement:
        """Have the image measured once, within a share of the time that is left."""
        seconds = (deadline - monotonic()) * share
        box, name = mailbox(), secrets.token_hex(16)
        task = _task(name, order)
        self._require_admitted(box.post(name, image, task=task, seconds=seconds, again=again))
        answer = None
        try:
            answer = box.wait(name, seconds=seconds)
        finally:
            # Also after waiting failed: the image must not stay until its deadline.
            untouched = answer is None and box.withdraw(name)
        if answer is None:
            raise _counted_refusal("untaken", "No worker took a frame") if untouched else _Lost
        return self._measurement_in(codec.unpack(answer))

    def _require_admitted(self, admission: Admission) -> None:
        if admission is Admission.ADMITTED:
            return
        self._wary_until = monotonic() + _WARY_SECONDS
        match admission:
            case Admission.FULL:
                REFUSED.labels(admission).inc()
                raise EngineBusy(retry_after=_BUSY_SECONDS)
            case Admission.STUCK:
                raise _counted_refusal(admission, "The workers take no frames")
            case Admission.NO_WORKERS:
                raise _counted_refusal(admission, "No worker is there")

    def _measurement_in(self, answer: Measurement | Failure) -> Measurement:
        if isinstance(answer, Measurement):
            model = answer.analysis.model
            if model != self.model:
                raise EngineError(f"A worker measured with {model.key}, not {self.model.key}")
            return answer
        if answer.code == LOST:
            raise _Lost
        if answer.code in _IMAGE_ERRORS:
            raise _IMAGE_ERRORS[answer.code](answer.detail)
        raise _ENGINE_ERRORS.get(answer.code, EngineError)(retry_after=_UNAVAILABLE_SECONDS)


def _task(name: str, order: _Order) -> bytes:
    arguments = {
        "wants": asdict(order.wants),
        "following": asdict(order.following) if order.following else None,
        "request_id": current_request_id(),
        "trace": tracing.carrier(),
    }
    return envelope.message(
        analyze_frame, name, arguments, queue=settings.FACEPLATFORM_FRAMES_QUEUE
    )


def _counted_refusal(reason: str, detail: str) -> EngineError:
    """Count a refusal and return its error."""
    REFUSED.labels(reason).inc()
    return EngineError(detail, retry_after=_UNAVAILABLE_SECONDS)


@contextmanager
def _translated_redis_errors() -> Iterator[None]:
    """Raise EngineError for an error of Redis."""
    try:
        yield
    except (redis.RedisError, OSError) as e:
        raise _counted_refusal("no_queue", "The queue of frames does not answer") from e
