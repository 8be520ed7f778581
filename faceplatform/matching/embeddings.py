"""Comparison and fusion of embeddings.

The entire product compares by the cosine of L2-normalised embeddings.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# float32, (dimension,), L2-normalised.
Embedding = NDArray[np.float32]


def similarity(a: Embedding, b: Embedding) -> float:
    """Return the cosine of two L2-normalised embeddings, -1..1."""
    return float(np.dot(a, b))


def fuse(embeddings: Sequence[Embedding]) -> Embedding:
    """Return the L2-normalised mean of embeddings: the template or probe of several frames."""
    mean = np.mean(np.stack(embeddings), axis=0, dtype=np.float64)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float32)
