"""The layers of dlib's net that oddness is read from, and its weights."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.oddness import read_weights

# The first blocks of 64, 128 and 256 channels, on 17 x 17, 8 x 8 and 4 x 4 pixels of the chip.
BLOCKS = (3, 7, 10)


def weights() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (896, readings), and biases, see `read_weights`."""
    return read_weights(Path(__file__).parent)
