"""MobileFaceNet as the readers return it: a chain of convolutions."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

INPUT_SIDE = 112

# 33 of the convolutions have a PReLU, and 12 end a block that adds its input to its output.
SLOPES, ADDITIONS = 33, 12


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A convolution with its activation and addition.

    Attributes:
        filters: float32, (filters, channels of a group, height, width).
        biases: float32, (filters,).
        stride: in both directions.
        pads: zeros at the top, left, bottom and right.
        depthwise: True if each filter has one channel.
        slopes: of the PReLU that follows, float32, (filters,), or None.
        adds: index of the layer whose output is added to that of this one, or None.
    """

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]
    stride: int
    pads: tuple[int, int, int, int]
    depthwise: bool
    slopes: NDArray[np.float32] | None = None
    adds: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """A net of this architecture.

    Its input is RGB, (x - mean) / 128. Its output is normalised to length one afterwards.

    Attributes:
        layers: first to last, each on the output of the one before it.
        mean: of a pixel, 0..255.

    Raises:
        ValueError: the layers are not those of this architecture.
    """

    layers: tuple[Layer, ...]
    mean: float

    @property
    def dimension(self) -> int:
        """The numbers of an embedding."""
        return len(self.layers[-1].filters)

    def __post_init__(self) -> None:
        slopes = sum(layer.slopes is not None for layer in self.layers)
        additions = sum(layer.adds is not None for layer in self.layers)
        if (slopes, additions) != (SLOPES, ADDITIONS):
            raise ValueError(f"it has {slopes} PReLU and {additions} additions")
