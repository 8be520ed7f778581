"""Code of two migrations: sealing the fingerprints of open samples, as their vectors are.

The contexts are written out: a migration does not follow later changes of the models.
"""

from collections.abc import Iterable
from typing import Any

from faceplatform import crypto


def seal(samples: Iterable[Any]) -> None:
    """Seal fingerprint and vector of each sample with the current key."""
    for sample in samples:
        context = _context(sample)
        vector = crypto.seal(_opened(sample, sample.vector, context), context=context)
        fingerprint = crypto.seal(bytes(sample.fingerprint), context=f"{context}:fingerprint")
        sample.vector, sample.key_id = vector.data, vector.key_id
        sample.fingerprint = fingerprint.data
        sample.save(update_fields=["vector", "fingerprint", "key_id"])


def unseal(samples: Iterable[Any]) -> None:
    """Undo it: fingerprints in the clear, vectors sealed as they are."""
    for sample in samples:
        context = f"{_context(sample)}:fingerprint"
        sample.fingerprint = _opened(sample, sample.fingerprint, context)
        sample.save(update_fields=["fingerprint"])


def _context(sample: Any) -> str:
    session = sample.session
    return f"{sample._meta.db_table}:{session.public_id}:{session.model_key}"


def _opened(sample: Any, data: Any, context: str) -> bytes:
    return crypto.unseal(crypto.Sealed(sample.key_id, bytes(data)), context=context)
