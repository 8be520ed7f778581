"""Oddness: how far a chip is from photographs of faces in view, seen by a recognition net's layers.

The means and norms of the channels of some middle layers tell drawn, painted, carved and covered
faces from photographs. They are computed for the embedding anyway. A reading for each family of
such faces is linear in them, and oddness is the highest one. The weights are those of logistic
regressions (`python -m bench.oddness`), scaled so that the mean photograph has 0, and that 1 is the
limit (`appearance.MOST_ODDNESS`).
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FILE = "oddness.csv"


def read_weights(folder: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights, (features, readings), in the order of `OnnxGraph.add_oddness`, and biases.

    Args:
        folder: holds the file, in which each column is a reading: its family, bias and weights.
    """
    rows = np.loadtxt(folder / FILE, delimiter=",", skiprows=1, dtype=np.float32)
    return rows[1:], rows[0]
