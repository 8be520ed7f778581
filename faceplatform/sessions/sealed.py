"""Rows with sealed columns: biometric bytes, each bound to its row."""

from abc import abstractmethod
from typing import ClassVar

import numpy as np
from django.db import models

from faceplatform import crypto
from faceplatform.matching.embeddings import Embedding


class SealedRow(models.Model):
    """A row whose ``sealed_columns`` are encrypted with the key that ``key_id`` names.

    The first column is bound to ``seal_context``, each further one to that and its own name, so
    that no column of any row opens in another's place.
    """

    sealed_columns: ClassVar[tuple[str, ...]]

    key_id = models.CharField(max_length=40)

    class Meta:
        abstract = True

    @property
    @abstractmethod
    def seal_context(self) -> str:
        """Name of the row, which never changes."""

    def seal_columns(self, *plaintexts: bytes) -> None:
        """Set every sealed column, in order, and the key's id."""
        for column, plaintext in zip(self.sealed_columns, plaintexts, strict=True):
            sealed = crypto.seal(plaintext, context=self._context_of(column))
            setattr(self, column, sealed.data)
            self.key_id = sealed.key_id

    def unseal_column(self, column: str) -> bytes:
        """Return a column's plaintext.

        Raises:
            faceplatform.crypto.DecryptionFailed
        """
        sealed = crypto.Sealed(self.key_id, bytes(getattr(self, column)))
        return crypto.unseal(sealed, context=self._context_of(column))

    def reseal(self) -> list[str]:
        """Seal with the current key; return the names of the fields to save."""
        self.seal_columns(*map(self.unseal_column, self.sealed_columns))
        return [*self.sealed_columns, "key_id"]

    def _context_of(self, column: str) -> str:
        is_first = column == self.sealed_columns[0]
        return self.seal_context if is_first else f"{self.seal_context}:{column}"


class SealedVector(SealedRow):
    """A row with a sealed embedding: little-endian float32."""

    sealed_columns: ClassVar[tuple[str, ...]] = ("vector",)

    vector = models.BinaryField()

    class Meta:
        abstract = True

    def seal(self, embedding: Embedding, *others: bytes) -> None:
        """Seal the embedding, and the plaintexts of the further sealed columns."""
        self.seal_columns(embedding.astype("<f4").tobytes(), *others)

    def unseal(self) -> Embedding:
        return np.frombuffer(self.unseal_column("vector"), dtype="<f4")
