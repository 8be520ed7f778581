"""The Deep Tree Network with the weights of its convolutions in 8 bits, as a TFLite file.

The published file has them in 16 bits and runs in floats. With 8-bit weights LiteRT also rounds the
input of each convolution to 8 bits, on a scale that it takes from the values at hand: there are no
ranges to measure, and no range clips anything. The net takes a third of the time. Each filter has
its own scale. Everything else stays in floats.

The bytes depend on the weights alone, see `tflite_writer`.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.tflite_source import TfliteSource
from faceplatform.engine.preparation.tflite_writer import Grid, TfliteGraph
from faceplatform.errors import ModelCorrupted

# Of the input, RGB of 0..1, and of the outputs: the scores of the eight leaves, and their masks.
_SHAPES = [[1, 256, 256, 3], [1, 8], [1, 8]]
_MOST = 127

_COMPARISONS = {"GREATER_EQUAL", "LESS"}


def convert(path: Path) -> bytes:
    """Return a TFLite file with the input and the outputs of the original.

    Raises:
        faceplatform.errors.ModelCorrupted: the file is no Deep Tree Network.
    """
    try:
        source = TfliteSource(path.read_bytes())
        shapes = [source.shape(one) for one in (*source.graph.inputs, *source.graph.outputs)]
        if shapes == _SHAPES:
            return _Graph(source).build()
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as e:
        raise ModelCorrupted(f"{path.name} is not a TFLite file as far as known") from e
    raise ModelCorrupted(f"{path.name} is not a Deep Tree Network: its tensors are {shapes}")


class _Graph(TfliteGraph):
    def __init__(self, source: TfliteSource) -> None:
        super().__init__()
        self._source = source
        self._made: dict[int, int] = {}

    def build(self) -> bytes:
        """Copy the operators in order, with the filters rounded."""
        source, made = self._source, self._made
        (entrance,) = source.graph.inputs
        made[entrance] = self.add_tensor(source.shape(entrance), name=source.name(entrance))
        for operator in source.operators:
            self._copy(operator)
        return self.finish([made[entrance]], [made[tensor] for tensor in source.graph.outputs])

    def _copy(self, operator: Any) -> None:
        source, made = self._source, self._made
        kind = source.kind(operator)
        for place, tensor in enumerate(operator.inputs):
            if tensor not in made:
                values = source.constant(tensor)
                is_filters = kind == "CONV_2D" and place == 1
                made[tensor] = self._round(values) if is_filters else self.add_constant(values)
        (output,) = operator.outputs
        shape = source.shape(output)
        made[output] = (
            self.add_flags(shape)
            if kind in _COMPARISONS
            else self.add_tensor(shape, name=source.name(output))
        )
        inputs = [made[tensor] for tensor in operator.inputs]
        self.add_node(kind, inputs, made[output], operator.builtinOptions)

    def _round(self, filters: NDArray[np.float32]) -> int:
        """Append filters as integers, with a scale per filter."""
        largest = np.abs(filters).max(axis=(1, 2, 3))
        scales = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_MOST)
        whole = np.round(filters / scales[:, None, None, None]).astype(np.int8)
        return self.add_constant(whole, grid=Grid(scales))
