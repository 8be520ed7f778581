"""The label of embeddings: their recognition model."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecognitionModel:
    """The model of an embedding. Embeddings of unequal models are never compared."""

    name: str
    version: str
    alignment: str
    dimension: int

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}/{self.alignment}"
