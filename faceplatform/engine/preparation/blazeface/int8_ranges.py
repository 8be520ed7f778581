"""The ranges of the activations of BlazeFace's "back" net; made by
`python -m bench.quantize_blazeface`.
"""

from typing import NamedTuple


class BlockRanges(NamedTuple):
    """The ranges of a residual block.

    Attributes:
        depthwise, pointwise: minimum and maximum after each convolution.
        output: maximum after the sum and its ReLU.
    """

    depthwise: tuple[float, float]
    pointwise: tuple[float, float]
    output: float


STEM = 13.61
BLOCKS = (
    BlockRanges((-42.28, 29.04), (-15.47, 12.47), 19.12),
    BlockRanges((-107.8, 106.2), (-17.85, 11.36), 14.99),
    BlockRanges((-119.2, 94.65), (-19.68, 16.56), 20.35),
    BlockRanges((-132.5, 115.5), (-18.21, 13.69), 16.79),
    BlockRanges((-84.51, 126.2), (-15.18, 11.65), 15.29),
    BlockRanges((-134.9, 104.8), (-19.54, 13.9), 17.01),
    BlockRanges((-105.6, 73.45), (-16.84, 19.28), 23.35),
    BlockRanges((-145.8, 129.3), (-33.22, 21.83), 33.67),
)
