"""The layers of MobileFaceNet that oddness is read from, and its weights.

Of the joined net the first one alone is read.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.oddness import read_weights

# The last layer of 64 channels, on 28 x 28 pixels of the chip, and two of 128, on 14 x 14.
LAYERS = (17, 29, 38)


def weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (640, readings), and biases, see `read_weights`."""
    return read_weights(Path(__file__).parent)
