"""The ranges of the activations of dlib's network; made by `python -m bench.quantize`."""

from typing import NamedTuple


class BlockRanges(NamedTuple):
    """The ranges of a residual block.

    Attributes:
        inner: maximum after the first convolution and its ReLU.
        branch_low, branch_high: minimum and maximum after the second convolution.
        output: maximum after the sum and its ReLU.
    """

    inner: float
    branch_low: float
    branch_high: float
    output: float


STEM = 15.94
BLOCKS = (
    BlockRanges(13.86, -14.12, 11.95, 16.07),
    BlockRanges(12.86, -14.38, 14.26, 20.45),
    BlockRanges(8.784, -14.1, 15.7, 26.74),
    BlockRanges(9.697, -7.444, 11.09, 16.05),
    BlockRanges(7.409, -6.185, 9.262, 20.1),
    BlockRanges(6.301, -7.114, 9.931, 24.75),
    BlockRanges(6.935, -7.267, 8.553, 24.27),
    BlockRanges(7.368, -5.088, 7.157, 10.8),
    BlockRanges(4.374, -4.738, 5.288, 8.875),
    BlockRanges(5.585, -6.497, 6.191, 9.562),
    BlockRanges(5.37, -5.78, 7.609, 7.609),
    BlockRanges(5.104, -6.177, 3.995, 9.571),
    BlockRanges(3.353, -3.228, 2.798, 10.26),
    BlockRanges(4.417, -2.862, 2.636, 5.149),
)
