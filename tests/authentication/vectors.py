"""Embeddings at a given likeness to one template, for tests near the threshold."""

import numpy as np

from faceplatform.engine.testing import MODEL
from faceplatform.matching.embeddings import Embedding


def at_cosine(cosine: float, *, turned: float = 0.0) -> Embedding:
    """A unit vector whose cosine to ``at_cosine(1.0)`` is as given.

    Args:
        turned: degrees around that vector: two at the same cosine, turned apart, differ.
    """
    aside, angle = np.sqrt(1 - cosine**2), np.radians(turned)
    vector = np.zeros(MODEL.dimension)
    vector[:3] = cosine, aside * np.cos(angle), aside * np.sin(angle)
    return np.asarray(vector, dtype=np.float32)
