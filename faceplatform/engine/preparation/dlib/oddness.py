"""Oddness: how far a chip is from photographs of faces in view, seen by dlib's own layers.

The means and norms of the channels after three residual blocks tell drawn, painted and covered
faces from photographs. They are computed for the embedding anyway. Two readings are linear in them,
one for covers and one for pictures and statues; oddness is the higher one. The weights are those of
logistic regressions (`python -m bench.oddness`), scaled so that the mean photograph has 0, and that
1 is the limit (`appearance.MOST_ODDNESS`).
"""

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.dlib.oddness_weights import BIASES, WEIGHTS

# The first blocks of 64, 128 and 256 channels, on 17 x 17, 8 x 8 and 4 x 4 pixels of the chip.
BLOCKS = (3, 7, 10)


def weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (896, 2), in the order of `OnnxGraph.add_oddness`, and biases, (2,)."""
    return np.array(WEIGHTS, dtype=np.float32).T, np.array(BIASES, dtype=np.float32)
