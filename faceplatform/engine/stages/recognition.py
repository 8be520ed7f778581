"""From a face to its embedding: what every recognition model offers, and how it is built."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue.choices import RecognitionChoice
from faceplatform.engine.runtime import onnx_session
from faceplatform.engine.stages import alignment
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel

log = logging.getLogger(__name__)

# Chips that a net takes at once, mirror images included: more gain nothing and take memory.
_BATCH = 8


class Recognizer(ABC):
    """A recognition model. Safe to share between threads."""

    def __init__(self, choice: RecognitionChoice) -> None:
        self._choice = choice

    @property
    def model(self) -> RecognitionModel:
        """What the embeddings are made with."""
        return self._choice.model

    @property
    def chip_size(self) -> tuple[int, int]:
        """Width and height of the chips that `embed_chip` takes, in pixels."""
        return self._choice.layout.size

    def embed(self, pixels: NDArray[np.uint8], points: NDArray[np.floating]) -> Embedding:
        """The embedding of one face: float32, (dimension,), L2-normalised.

        Args:
            pixels: the RGB frame, (height, width, 3).
            points: (5, 2): eyes, nose and mouth corners, see `alignment.align`.
        """
        return self.embed_chip(alignment.align(pixels, points, self._choice.layout))

    def embed_chip(self, chip: NDArray[np.uint8]) -> Embedding:
        """As `embed`, for a chip that is aligned already: uint8, (height, width, 3), RGB."""
        return np.asarray(self.embed_chips(chip[None])[0], dtype=np.float32)

    def embed_chips(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The embeddings of aligned chips: float32, (n, dimension), each L2-normalised.

        Args:
            chips: uint8, (n, height, width, 3), RGB.
        """
        step = _BATCH // 2 if self._choice.mirrored else _BATCH
        parts = [self._embedded(chips[at : at + step]) for at in range(0, len(chips), step)]
        return np.concatenate(parts) if parts else np.empty((0, self.model.dimension), np.float32)

    def _embedded(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        if not self._choice.mirrored:
            return self._run(chips)
        pairs = self._run(np.concatenate([chips, chips[:, :, ::-1]]))
        return normalised(pairs[: len(chips)] + pairs[len(chips) :])

    @abstractmethod
    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The net's embeddings of some chips: float32, (n, dimension), each L2-normalised."""


class OnnxRecognizer(Recognizer):
    """A net whose file holds everything: uint8 RGB chips in, L2-normalised embeddings out.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the weights do not have their checksum.
    """

    def __init__(self, choice: RecognitionChoice) -> None:
        super().__init__(choice)
        self._session = onnx_session(weights.locate(choice.weights))
        # Not the converter's own constant: importing what writes the file would load onnx.
        self._input = self._session.get_inputs()[0].name

    def _run(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        (embeddings,) = self._session.run(None, {self._input: np.ascontiguousarray(chips)})
        return np.asarray(embeddings, dtype=np.float32)


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Each row at length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def build_recognizer(name: str) -> Recognizer:
    """Load the recognition model that a setting names.

    Raises:
        faceplatform.errors.ConfigurationError: there is no such model.
        faceplatform.errors.ModelMissing: its weights are not installed.
        faceplatform.errors.ModelCorrupted: its weights do not have their checksum.
    """
    choice = choices.recognition(name)
    if choice.notice:
        log.warning("FACEPLATFORM_RECOGNITION_MODEL is %s: %s", name, choice.notice)
    builder: Callable[[RecognitionChoice], Recognizer] = import_string(choice.builder)
    return builder(choice)
