"""Recognition: from a face to its embedding."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from django.utils.module_loading import import_string
from numpy.typing import NDArray

from faceplatform.engine.catalogue import choices, weights
from faceplatform.engine.catalogue.choices import RecognitionChoice
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages import alignment
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel

log = logging.getLogger(__name__)

# Chips per run, mirror images included: more take memory and gain no time.
_BATCH = 8


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """The outputs of a recognition net for chips.

    Attributes:
        embeddings: float32, (n, dimension), each row L2-normalised.
        oddness: float32, (n, readings), see `preparation.oddness`; None for one of
            DeepFace's nets, which lack it.
    """

    embeddings: NDArray[np.float32]
    oddness: NDArray[np.float32] | None = None


class Recognizer(ABC):
    """A recognition model. Safe to share between threads."""

    def __init__(self, choice: RecognitionChoice) -> None:
        self._choice = choice

    @property
    def model(self) -> RecognitionModel:
        """The label of the embeddings."""
        return self._choice.model

    @property
    def chip_size(self) -> tuple[int, int]:
        """Width and height of the chips that `embed_chip` takes, in pixels."""
        return self._choice.layout.size

    def embed(self, pixels: NDArray[np.uint8], points: NDArray[np.floating]) -> Embedding:
        """Return the embedding of one face: float32, (dimension,), L2-normalised.

        Args: see `recognize`.
        """
        return self.recognize(pixels, points)[0]

    def recognize(
        self,
        pixels: NDArray[np.uint8],
        points: NDArray[np.floating],
        *,
        mirror: bool = True,
    ) -> tuple[Embedding, float | None]:
        """Return the embedding of one face, and its oddness, the highest reading, or None.

        Args:
            pixels: the RGB frame, (height, width, 3).
            points: (5, 2): eyes, nose and mouth corners, see `alignment.align`.
            mirror: False for half the time where the model averages the mirror image: the
                embedding may be compared, but is no part of a template. Strangers are as seldom
                taken for one person, and one person a little more often for two
                (`bench.one_view`).
        """
        chip = alignment.align(pixels, points, self._choice.layout)[None]
        seen = self._run_chips(chip) if mirror else self._run(chip)
        oddness = None if seen.oddness is None else float(seen.oddness[0].max())
        return np.asarray(seen.embeddings[0], dtype=np.float32), oddness

    def embed_chip(self, chip: NDArray[np.uint8]) -> Embedding:
        """Do the same for an aligned chip: uint8, (height, width, 3), RGB."""
        return np.asarray(self.embed_chips(chip[None])[0], dtype=np.float32)

    def embed_chips(self, chips: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the embeddings of aligned chips: float32, (n, dimension), each L2-normalised.

        Args:
            chips: uint8, (n, height, width, 3), RGB.
        """
        step = _BATCH // 2 if self._choice.mirrored else _BATCH
        parts = [
            self._run_chips(chips[at : at + step]).embeddings for at in range(0, len(chips), step)
        ]
        return np.concatenate(parts) if parts else np.empty((0, self.model.dimension), np.float32)

    def _run_chips(self, chips: NDArray[np.uint8]) -> Recognition:
        """Run the net on one batch of chips, and on their mirror images if it is to be."""
        if not self._choice.mirrored:
            return self._run(chips)
        pairs = self._run(np.concatenate([chips, chips[:, :, ::-1]]))
        count, odd = len(chips), pairs.oddness
        return Recognition(
            embeddings=normalised(pairs.embeddings[:count] + pairs.embeddings[count:]),
            oddness=None if odd is None else (odd[:count] + odd[count:]) * np.float32(0.5),
        )

    @abstractmethod
    def _run(self, chips: NDArray[np.uint8]) -> Recognition:
        """Run the net on chips as they are."""


class OnnxRecognizer(Recognizer):
    """A net whose file includes pre- and postprocessing: uint8 RGB chips in; embeddings and oddness
    out.

    Raises:
        faceplatform.errors.ModelMissing: the weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of the weights is wrong.
    """

    def __init__(self, choice: RecognitionChoice) -> None:
        super().__init__(choice)
        self._session = load_onnx_session(weights.locate(choice.weights))
        # Not the constant of the converter: importing that would load onnx.
        self._input = self._session.get_inputs()[0].name

    def _run(self, chips: NDArray[np.uint8]) -> Recognition:
        embeddings, odd = self._session.run(None, {self._input: np.ascontiguousarray(chips)})
        return Recognition(
            embeddings=np.asarray(embeddings, dtype=np.float32),
            oddness=np.asarray(odd, dtype=np.float32),
        )


def normalised(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale each row to length one."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)


def build_recognizer(name: str) -> Recognizer:
    """Load the recognition model that a setting names.

    Raises:
        faceplatform.errors.ConfigurationError: the model is not known.
        faceplatform.errors.ModelMissing: its weights are not installed.
        faceplatform.errors.ModelCorrupted: the checksum of its weights is wrong.
    """
    choice = choices.recognition(name)
    if choice.notice:
        log.warning("FACEPLATFORM_RECOGNITION_MODEL is %s: %s", name, choice.notice)
    builder: Callable[[RecognitionChoice], Recognizer] = import_string(choice.builder)
    return builder(choice)
