"""The engine's interface: an image in, measurements out."""

from abc import ABC, abstractmethod
from dataclasses import replace
from time import perf_counter

from faceplatform.engine.decoding import memory
from faceplatform.engine.decoding.decode import decode_frame, digest_of, encode, read
from faceplatform.engine.decoding.formats import EncodedImage
from faceplatform.engine.decoding.reduction import (
    at_full_scale,
    is_good_at_reduced_scale,
    reduction_of,
)
from faceplatform.engine.types import Following, Frame, FrameAnalysis, Measurement, Wants
from faceplatform.matching.model import RecognitionModel


class Engine(ABC):
    """Measures images. Decides nothing: the caller judges the measurements.

    An engine is safe to share between threads.
    """

    @property
    @abstractmethod
    def model(self) -> RecognitionModel:
        """The recognition model of all embeddings of this engine."""

    @property
    @abstractmethod
    def has_liveness(self) -> bool:
        """True if the passive liveness models are installed."""

    @abstractmethod
    def require_room(self) -> None:
        """Refuse an image before it is read, if `measure` would refuse it for lack of room.

        May let one through that `measure` then refuses, never the other way round.

        Raises:
            faceplatform.errors.EngineError: see `measure`.
        """

    @abstractmethod
    def measure(
        self, image: bytes, *, wants: Wants, following: Following | None = None
    ) -> Measurement:
        """Decode an image and measure it.

        Args:
            following: for a frame of a stream. Its face is followed from the last frame's
                ``analysis.track``, and then has no embedding and no liveness, unless it may be
                matched (see `Following`) or ``wants`` asks for gestures, which come with the
                embedding.

        Raises:
            faceplatform.errors.ImageError: see `decode.read` and `decode.decode_frame`.
            faceplatform.errors.EngineError: the engine cannot answer now, or ``wants`` asks for
                liveness whose weights are not installed.
        """

    @abstractmethod
    def warm_up(self) -> None:
        """Load every model and run it once, so that the first frame takes no longer than others.

        Raises:
            faceplatform.errors.ConfigurationError: a configured model is not known, or cannot be
                built on this machine.
            faceplatform.errors.ModelMissing: weights are not installed.
            faceplatform.errors.ModelCorrupted: the checksum of weights is wrong.
        """


class DecodingEngine(Engine):
    """An engine that measures in this process."""

    def require_room(self) -> None:
        """Do nothing: frames wait in the threads that brought them."""

    def measure(
        self, image: bytes, *, wants: Wants, following: Following | None = None
    ) -> Measurement:
        """See Engine.measure. The first of ``stages`` is ``decode``.

        Raises:
            faceplatform.errors.EngineBusy: the memory for pixels did not become free in time.
        """
        start = perf_counter()
        encoded, digest = read(image), digest_of(image)
        reduction = reduction_of(encoded)
        if reduction > 1:
            measured = self._measure_at_scale(encoded, digest, wants, start, reduction=reduction)
            if is_good_at_reduced_scale(encoded, measured.analysis):
                return replace(measured, analysis=at_full_scale(measured.analysis, reduction))
        return self._measure_at_scale(encoded, digest, wants, start, following)

    def _measure_at_scale(
        self,
        encoded: EncodedImage,
        digest: str,
        wants: Wants,
        start: float,
        following: Following | None = None,
        *,
        reduction: int = 1,
    ) -> Measurement:
        """Decode and measure at one scale, holding a share of memory while there are pixels."""
        with memory.share(encoded.memory(reduction)):
            frame = decode_frame(encoded, digest=digest, reduction=reduction)
            milliseconds = (perf_counter() - start) * 1000
            analysis = self.analyze(frame, wants=wants, following=following)
            stages = {"decode": milliseconds, **analysis.stages}
            return Measurement(
                digest,
                frame.fingerprint,
                replace(analysis, stages=stages),
                kept_image=encode(frame) if wants.kept_image and analysis.face else None,
            )

    @abstractmethod
    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        """Measure a decoded frame; for ``following`` see Engine.measure.

        Raises:
            faceplatform.errors.EngineError: see Engine.measure.
        """
