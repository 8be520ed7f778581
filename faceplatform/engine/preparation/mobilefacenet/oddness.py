"""Oddness: how far a chip is from photographs of faces in view, seen by MobileFaceNet's own layers.

As in `dlib.oddness`. Of the joined net the first one alone is read.
"""

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.mobilefacenet.oddness_weights import BIASES, WEIGHTS

# The last layer of 64 channels, on 28 x 28 pixels of the chip, and two of 128, on 14 x 14.
LAYERS = (17, 29, 38)


def weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (640, 2), in the order of `OnnxGraph.add_oddness`, and biases, (2,)."""
    return np.array(WEIGHTS, dtype=np.float32).T, np.array(BIASES, dtype=np.float32)
