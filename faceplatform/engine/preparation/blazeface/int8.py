"""BlazeFace's "back" net with its first blocks in integers, as a TFLite file.

The stem and the first eight blocks work on tensors of 128 x 128 (96 x 128 for a frame of 4 : 3) and
take 70 % of the time; in 8 bits they take 40 % less, and their tensors fit into the cache of a
processor core. The later blocks stay float: single values there are hundreds of times as large as
the others, which 8 bits would lose. For the effect on detection see `docs/performance.md`.

Each filter has its own scale. The ranges of the activations cannot be derived from the weights:
they are data (`int8_ranges`). Pixels enter as 0..255 minus 128. A ReLU needs no operator: it is a
range that starts at zero.

The bytes depend on the weights and the ranges alone, see `tflite_writer`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

from faceplatform.engine.preparation.blazeface.int8_ranges import BLOCKS, STEM, BlockRanges
from faceplatform.engine.preparation.tflite_source import TfliteSource
from faceplatform.engine.preparation.tflite_writer import Grid, TfliteGraph

_LEAST, _MOST = -128, 127
_SIGN = 128
# The net was trained on pixels of -1..1.
_PIXEL_SCALE = 2 / 255


def convert(path: Path) -> bytes:
    """Return a TFLite file with the outputs of the original; its input is int8, see above."""
    return _Graph(TfliteSource(path.read_bytes())).build()


@dataclass(frozen=True, slots=True)
class Block:
    """The operators of a residual block: depthwise and pointwise convolution, sum, ReLU.

    Attributes:
        pool: of the shortcut, if the block halves the tensor.
    """

    depthwise: Any
    pointwise: Any
    pool: Any | None
    total: Any
    relu: Any


def take_blocks(source: TfliteSource, operators: Iterator[Any]) -> Iterator[Block]:
    """Take the next ``len(BLOCKS)`` blocks off the operators."""
    for _ in BLOCKS:
        depthwise, pointwise, third = next(operators), next(operators), next(operators)
        halves = source.kind(third) == "MAX_POOL_2D"
        total = next(operators) if halves else third
        yield Block(depthwise, pointwise, third if halves else None, total, next(operators))


@dataclass(frozen=True, slots=True, eq=False)
class _Quantized:
    """An 8-bit tensor."""

    tensor: int
    grid: Grid

    @property
    def scale(self) -> float:
        return float(self.grid.scales[0])


class _Graph(TfliteGraph):
    def __init__(self, source: TfliteSource) -> None:
        super().__init__()
        self._source = source

    def build(self) -> bytes:
        source = self._source
        (entrance,) = source.graph.inputs
        grid = Grid(np.array([_PIXEL_SCALE], np.float32))
        pixels = _Quantized(self.add_tensor(source.shape(entrance), grid=grid, name="input"), grid)
        operators = iter(source.operators)
        x = self._add_stem(pixels, next(operators), next(operators))
        for block, ranges in zip(take_blocks(source, operators), BLOCKS, strict=True):
            x, last = self._add_block(x, block, ranges), block.relu.outputs[0]
        real = self.add_tensor(source.shape(last))
        self.add_node("DEQUANTIZE", [x.tensor], real, schema.DequantizeOptionsT())
        made = self._copy(operators, {last: real})
        return self.finish([pixels.tensor], [made[tensor] for tensor in source.graph.outputs])

    def _add_stem(self, pixels: _Quantized, convolution: Any, relu: Any) -> _Quantized:
        filters, biases = (self._source.constant(t) for t in convolution.inputs[1:])
        # The net expects 2 / 255 * p - 1; the input stands for 2 / 255 * (p - 128).
        shift = _SIGN * _PIXEL_SCALE - 1
        shifted = biases + shift * filters.astype(np.float64).sum(axis=(1, 2, 3))
        inputs = [pixels.tensor, *self._add_weights(filters, shifted, pixels, axis=0)]
        return self._add_rounded(convolution, inputs, relu.outputs[0], (0.0, STEM))

    def _add_block(self, x: _Quantized, block: Block, ranges: BlockRanges) -> _Quantized:
        filters, biases = (self._source.constant(t) for t in block.depthwise.inputs[1:])
        inputs = [x.tensor, *self._add_weights(filters, biases, x, axis=3)]
        inner = self._add_rounded(
            block.depthwise, inputs, block.depthwise.outputs[0], ranges.depthwise
        )
        filters, biases = (self._source.constant(t) for t in block.pointwise.inputs[1:])
        inputs = [inner.tensor, *self._add_weights(filters, biases, inner, axis=0)]
        branch = self._add_rounded(
            block.pointwise, inputs, block.pointwise.outputs[0], ranges.pointwise
        )
        if block.pool is not None:
            pooled = self.add_tensor(self._source.shape(block.pool.outputs[0]), grid=x.grid)
            self.add_node("MAX_POOL_2D", [x.tensor], pooled, block.pool.builtinOptions)
            x = _Quantized(pooled, x.grid)
        inputs = [x.tensor, branch.tensor]
        return self._add_rounded(block.total, inputs, block.relu.outputs[0], (0.0, ranges.output))

    def _add_rounded(
        self, operator: Any, inputs: list[int], place: int, limits: tuple[float, float]
    ) -> _Quantized:
        """Append an operator whose result is rounded and clipped to the limits.

        Args:
            place: a tensor of the source with the shape of the result.
        """
        low, high = limits
        scale = np.float32((high - low) / (_MOST - _LEAST))
        grid = Grid(np.array([scale]), zero=_LEAST - round(low / float(scale)))
        output = self.add_tensor(self._source.shape(place), grid=grid)
        self.add_node(self._source.kind(operator), inputs, output, operator.builtinOptions)
        return _Quantized(output, grid)

    def _add_weights(
        self, filters: NDArray[np.float32], biases: NDArray[Any], x: _Quantized, *, axis: int
    ) -> tuple[int, int]:
        """Append filters and biases as integers, with a scale per filter (index of ``axis``)."""
        others = tuple(side for side in range(4) if side != axis)
        largest = np.abs(filters).max(axis=others)
        scales = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_MOST)
        along = scales.reshape([-1 if side == axis else 1 for side in range(4)])
        whole = np.round(filters / along).astype(np.int8)
        # TFLite requires the scale of the products for the bias.
        bias_scales = scales * np.float32(x.scale)
        whole_biases = np.round(biases.astype(np.float64) / bias_scales).astype(np.int32)
        return (
            self.add_constant(whole, grid=Grid(scales, axis=axis)),
            self.add_constant(whole_biases, grid=Grid(bias_scales)),
        )

    def _copy(self, operators: Iterator[Any], made: dict[int, int]) -> dict[int, int]:
        """Copy operators unchanged. Return the new tensors by the old ones."""
        source = self._source
        for operator in operators:
            for tensor in operator.inputs:
                if tensor not in made:
                    made[tensor] = self.add_constant(source.constant(tensor))
            (output,) = operator.outputs
            made[output] = self.add_tensor(source.shape(output), name=source.name(output))
            inputs = [made[tensor] for tensor in operator.inputs]
            self.add_node(source.kind(operator), inputs, made[output], operator.builtinOptions)
        return made
