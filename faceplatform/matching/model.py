"""Which recognition model an embedding was made with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RecognitionModel:
    """What an embedding was made with. Embeddings of unequal models are never compared."""

    name: str
    version: str
    alignment: str
    dimension: int

    @property
    def key(self) -> str:
        return f"{self.name}/{self.version}/{self.alignment}"
