"""The engine's interface: pixels in, measurements out."""

from abc import ABC, abstractmethod

from faceplatform.engine.types import Frame, FrameAnalysis, RecognitionModel, Wants


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
    def analyze(self, frame: Frame, *, wants: Wants) -> FrameAnalysis:
        """Measure one frame.

        Raises:
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
