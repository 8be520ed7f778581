"""The engine's interface: a picture in, measurements out."""

from abc import ABC, abstractmethod
from dataclasses import replace
from time import perf_counter

from faceplatform.engine.decoding import memory
from faceplatform.engine.decoding.decode import digest_of, encoded, frame_of, read
from faceplatform.engine.decoding.formats import Picture
from faceplatform.engine.decoding.reduction import at_full_scale, reduction_of, stands
from faceplatform.engine.types import Frame, FrameAnalysis, Measurement, Wants
from faceplatform.matching.model import RecognitionModel


class Engine(ABC):
    """Measures frames. Holds no rule about what is good enough: decisions are the caller's.

    An engine is safe to share between threads.
    """

    @property
    @abstractmethod
    def model(self) -> RecognitionModel:
        """The recognition model of every embedding this engine makes."""

    @property
    @abstractmethod
    def has_liveness(self) -> bool:
        """Whether the passive liveness models are installed."""

    @abstractmethod
    def require_room(self) -> None:
        """Refuse at once what `measure` would refuse, before anything is done for a picture.

        May let pass what it will refuse, never the other way round.

        Raises:
            faceplatform.errors.EngineError: see `measure`.
        """

    @abstractmethod
    def measure(self, picture: bytes, *, wants: Wants) -> Measurement:
        """Decode a picture as it was posted, and measure it.

        Raises:
            faceplatform.errors.ImageError: see `decode.decode`.
            faceplatform.errors.EngineError: the engine cannot answer now, or ``wants`` asks for
                liveness whose weights are not installed.
        """

    @abstractmethod
    def warm_up(self) -> None:
        """Load every model and run it once, so that the first frame costs what others cost.

        Raises:
            faceplatform.errors.ConfigurationError: a chosen model is not known, or cannot be built
                on this machine.
            faceplatform.errors.ModelMissing: weights are not installed.
            faceplatform.errors.ModelCorrupted: weights do not have their checksum.
        """


class DecodingEngine(Engine):
    """An engine that measures in this process."""

    def require_room(self) -> None:
        """There is: frames wait in the threads that brought them."""

    def measure(self, picture: bytes, *, wants: Wants) -> Measurement:
        """See Engine.measure. ``stages`` begins with ``decode``.

        Raises:
            faceplatform.errors.EngineBusy: others' pixels take the memory for too long.
        """
        start = perf_counter()
        walked, digest = read(picture), digest_of(picture)
        reduction = reduction_of(walked)
        if reduction > 1:
            measured = self._at_scale(walked, digest, wants, start, reduction)
            if stands(walked, measured.analysis):
                return replace(measured, analysis=at_full_scale(measured.analysis, reduction))
        return self._at_scale(walked, digest, wants, start)

    def _at_scale(
        self, picture: Picture, digest: str, wants: Wants, start: float, reduction: int = 1
    ) -> Measurement:
        """The measurement at that scale. Its share of memory is held until the pixels are gone."""
        with memory.share(picture.memory(reduction)):
            frame = frame_of(picture, digest=digest, reduction=reduction)
            milliseconds = (perf_counter() - start) * 1000
            analysis = self.analyze(frame, wants=wants)
            stages = {"decode": milliseconds, **analysis.stages}
            return Measurement(
                digest,
                frame.fingerprint,
                replace(analysis, stages=stages),
                copy=encoded(frame) if wants.copy and analysis.face else None,
            )

    @abstractmethod
    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        """Measure a decoded frame.

        Raises:
            faceplatform.errors.EngineError: see Engine.measure.
        """
