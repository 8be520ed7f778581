"""RemoteEngine: the same interface; workers measure, this process waits."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

import kombu.exceptions
import redis
from django.conf import settings

from faceplatform.engine import codec
from faceplatform.engine.configured import ConfiguredEngine
from faceplatform.engine.mailbox import mailbox
from faceplatform.engine.tasks import LOST, analyze_frame
from faceplatform.engine.types import Frame, FrameAnalysis, Wants
from faceplatform.errors import EngineBusy, EngineError, ModelCorrupted, ModelMissing

_RETRY_AFTER = 2
_FAILURES = {error.code: error for error in (ModelMissing, ModelCorrupted)}


class _Lost(Exception):
    """A worker took the picture and will not answer."""


class RemoteEngine(ConfiguredEngine):
    """Has frames measured by workers, over Redis. Holds no model.

    A measurement whose worker was lost is repeated once; it owns nothing, so nothing is counted
    twice. A picture that no worker takes in time is withdrawn, and never measured for nobody.
    """

    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        """See Engine.analyze.

        Raises:
            faceplatform.errors.EngineBusy: too many frames wait, or no worker took this one in
                FACEPLATFORM_FRAME_SECONDS.
            faceplatform.errors.EngineError: Redis or the workers do not answer.
        """
        if not frame.encoded:
            raise ValueError("A frame without its encoded bytes cannot be measured elsewhere")
        deadline = monotonic() + settings.FACEPLATFORM_FRAME_SECONDS
        with _redis_errors():
            try:
                return self._measured(frame, wants, deadline, share=0.5)
            except _Lost:
                pass
            try:
                return self._measured(frame, wants, deadline, share=1.0)
            except _Lost as e:
                raise EngineError("Two workers were lost", retry_after=_RETRY_AFTER) from e

    def warm_up(self) -> None:
        """Nothing to load here. Workers come and go; until one is there, frames get a 503."""

    def _measured(
        self, frame: Frame, wants: Wants, deadline: float, *, share: float
    ) -> FrameAnalysis:
        """One attempt, which may take that share of the time that is left."""
        seconds = (deadline - monotonic()) * share
        box, name = mailbox(), secrets.token_hex(16)
        if box.waiting(settings.FACEPLATFORM_FRAMES_QUEUE) >= settings.FACEPLATFORM_QUEUE_LIMIT:
            raise EngineBusy(retry_after=_RETRY_AFTER)
        box.post(name, frame.encoded, seconds=seconds)
        answer = None
        try:
            analyze_frame.apply_async(
                (name,),
                {"embedding": wants.embedding, "liveness": wants.liveness},
                retry=False,
            )
            answer = box.wait(name, seconds=seconds)
        finally:
            # Also when sending failed: the picture must not lie there until its time is over.
            untouched = answer is None and box.withdraw(name)
        if answer is None:
            raise EngineBusy(retry_after=_RETRY_AFTER) if untouched else _Lost
        return self._understood(codec.unpack(answer))

    def _understood(self, answer: FrameAnalysis | str) -> FrameAnalysis:
        if isinstance(answer, FrameAnalysis):
            if answer.model != self.model:
                raise EngineError(
                    f"A worker measured with {answer.model.key}, not {self.model.key}"
                )
            return answer
        if answer == LOST:
            raise _Lost
        raise _FAILURES.get(answer, EngineError)(retry_after=_RETRY_AFTER)


@contextmanager
def _redis_errors() -> Iterator[None]:
    """Redis that does not answer, as what it means for the caller."""
    try:
        yield
    except (redis.RedisError, kombu.exceptions.OperationalError, OSError) as e:
        raise EngineError("The queue of frames does not answer", retry_after=_RETRY_AFTER) from e
