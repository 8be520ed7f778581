"""The recognition model an embedding was made with."""

from dataclasses import dataclass
from typing import NamedTuple

# The name of the model of sandbox clients, whose embeddings are invented.
SANDBOX_NAME = "sandbox"
# The beginning of its key as text, which no other model's has.
SANDBOX_PREFIX = f"{SANDBOX_NAME}/"


class ModelKey(NamedTuple):
    """Identity of a recognition model, written ``name/version/alignment``.

    Embeddings made under unequal keys are never compared.
    """

    name: str
    version: str
    alignment: str

    def __str__(self) -> str:
        return "/".join(self)

    @property
    def is_sandbox(self) -> bool:
        return self.name == SANDBOX_NAME


@dataclass(frozen=True, slots=True)
class RecognitionModel:
    """A recognition model and the length of its embeddings."""

    name: str
    version: str
    alignment: str
    dimension: int

    @property
    def key(self) -> ModelKey:
        return ModelKey(self.name, self.version, self.alignment)
