"""RemoteEngine: the same interface; workers measure, this process waits."""

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import redis
from django.conf import settings

from faceplatform import tracing
from faceplatform.engine.configured import ConfiguredEngine
from faceplatform.engine.remote import codec, envelope
from faceplatform.engine.remote.codec import Failure
from faceplatform.engine.remote.mailbox import Admission, mailbox
from faceplatform.engine.remote.tasks import LOST, analyze_frame
from faceplatform.engine.types import Measurement, Wants
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

# A full queue is empty after a frame's time, and a lost worker is back after some seconds.
_BUSY_SECONDS = 1
_UNAVAILABLE_SECONDS = 2
# How long after a refusal frames are asked for room before they are read.
_WARY_SECONDS = 1.0
_ENGINE_ERRORS = {error.code: error for error in (EngineBusy, ModelMissing, ModelCorrupted)}
_IMAGE_ERRORS = {error.code: error for error in ImageError.__subclasses__()}


class _Lost(Exception):
    """A worker took the picture and will not answer."""


class RemoteEngine(ConfiguredEngine):
    """Has pictures decoded and measured by workers, over Redis. Holds no model.

    A frame that could not be measured in time is refused at once. A measurement whose worker was
    lost is repeated once; it owns nothing, so nothing is counted twice. A picture that no worker
    takes in time is withdrawn, and never measured for nobody.
    """

    def __init__(self) -> None:
        # Until then it asks before a picture is read: while nobody is refused, that would cost
        # each frame a round trip.
        self._asks_until = 0.0

    def require_room(self) -> None:
        """See Engine.require_room."""
        if monotonic() < self._asks_until:
            with _redis_errors():
                self._require_admitted(mailbox().ask())

    def measure(self, picture: bytes, *, wants: Wants) -> Measurement:
        """See Engine.measure. ``stages`` begins with ``queue``: the wait for a worker.

        Raises:
            faceplatform.errors.EngineBusy: as many frames wait as can be measured in time.
            faceplatform.errors.EngineError: no worker is there, or none took the frame in
                FACEPLATFORM_FRAME_SECONDS, or Redis does not answer.
        """
        deadline = monotonic() + settings.FACEPLATFORM_FRAME_SECONDS
        with tracing.span("measure elsewhere", kind="producer"), _redis_errors():
            try:
                return self._measured(picture, wants, deadline, share=0.5)
            except _Lost:
                log.warning("A worker was lost in a frame, which is measured again")
                REPEATED.inc()
            try:
                return self._measured(picture, wants, deadline, share=1.0, again=True)
            except _Lost as e:
                raise _unavailable("lost", "Two workers were lost") from e

    def warm_up(self) -> None:
        """Nothing to load here. Workers come and go; until one is there, frames get a 503."""

    def _measured(
        self, picture: bytes, wants: Wants, deadline: float, *, share: float, again: bool = False
    ) -> Measurement:
        """One attempt, which may take that share of the time that is left."""
        seconds = (deadline - monotonic()) * share
        box, name = mailbox(), secrets.token_hex(16)
        task = _task(name, wants)
        self._require_admitted(box.post(name, picture, task=task, seconds=seconds, again=again))
        answer = None
        try:
            answer = box.wait(name, seconds=seconds)
        finally:
            # Also when waiting failed: the picture must not lie there until its time is over.
            untouched = answer is None and box.withdraw(name)
        if answer is None:
            raise _unavailable("untaken", "No worker took a frame") if untouched else _Lost
        return self._understood(codec.unpack(answer))

    def _require_admitted(self, admission: Admission) -> None:
        if admission is Admission.ADMITTED:
            return
        self._asks_until = monotonic() + _WARY_SECONDS
        match admission:
            case Admission.FULL:
                REFUSED.labels(admission).inc()
                raise EngineBusy(retry_after=_BUSY_SECONDS)
            case Admission.STUCK:
                raise _unavailable(admission, "The workers take no frames")
            case Admission.NO_WORKERS:
                raise _unavailable(admission, "No worker is there")

    def _understood(self, answer: Measurement | Failure) -> Measurement:
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


def _task(name: str, wants: Wants) -> bytes:
    arguments = {
        "embedding": wants.embedding,
        "liveness": wants.liveness,
        "copy": wants.copy,
        "request_id": current_request_id(),
        "trace": tracing.carrier(),
    }
    return envelope.message(
        analyze_frame, name, arguments, queue=settings.FACEPLATFORM_FRAMES_QUEUE
    )


def _unavailable(reason: str, detail: str) -> EngineError:
    REFUSED.labels(reason).inc()
    return EngineError(detail, retry_after=_UNAVAILABLE_SECONDS)


@contextmanager
def _redis_errors() -> Iterator[None]:
    """Redis that does not answer, as what it means for the caller."""
    try:
        yield
    except (redis.RedisError, OSError) as e:
        raise _unavailable("no_queue", "The queue of frames does not answer") from e
