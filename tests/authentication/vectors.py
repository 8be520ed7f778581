"""Embeddings at a given cosine to one template, for tests near the threshold."""

import numpy as np

from faceplatform.engine.testing import MODEL
from faceplatform.matching.embeddings import Embedding


def at_cosine(cosine: float, *, turned: float = 0.0) -> Embedding:
    """Return a unit vector with the given cosine to ``at_cosine(1.0)``.

    Args:
        turned: degrees around that vector, to tell two vectors at the same cosine apart.
    """
    aside, angle = np.sqrt(1 - cosine**2), np.radians(turned)
    vector = np.zeros(MODEL.dimension)
    vector[:3] = cosine, aside * np.cos(angle), aside * np.sin(angle)
    return np.asarray(vector, dtype=np.float32)
