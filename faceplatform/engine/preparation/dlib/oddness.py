"""Oddness: how far a chip is from photographs of faces in view, seen by dlib's own layers.

The means and norms of the channels after three residual blocks tell drawn, painted and covered
faces from photographs. They are computed for the embedding anyway; oddness is linear in them. The
weights are those of a logistic regression (`python -m bench.oddness`), scaled so that LFW's
photographs have mean 0 and standard deviation 1.
"""

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.dlib.oddness_weights import BIAS, WEIGHTS

# The first blocks of 64, 128 and 256 channels, on 17 x 17, 8 x 8 and 4 x 4 pixels of the chip.
BLOCKS = (3, 7, 10)


def weights() -> tuple[NDArray[np.float32], np.float32]:
    """Return the weights, (896,), in the order of `OnnxGraph.add_oddness`, and the bias."""
    return np.array(WEIGHTS, dtype=np.float32), np.float32(BIAS)
