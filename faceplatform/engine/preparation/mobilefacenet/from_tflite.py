"""MobileFaceNet, read from the TFLite file of the Android demos.

Its PReLUs are written relu(x) + (slope / 2) * (x - |x|), and its batch is fixed at two.
"""

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from faceplatform.engine.preparation.mobilefacenet.network import INPUT_SIDE, Layer, Network
from faceplatform.engine.preparation.tflite_source import TfliteSource
from faceplatform.errors import ModelCorrupted

_SHAPES = [[2, INPUT_SIDE, INPUT_SIDE, 3], [2, 192]]
_MEAN = 127.5

_CONVOLUTION, _DEPTHWISE = "CONV_2D", "DEPTHWISE_CONV_2D"
_PARTS_OF_PRELU = {"RELU", "ABS", "SUB"}


def read(path: Path) -> Network:
    """Return the network.

    Raises:
        faceplatform.errors.ModelCorrupted: the file does not hold it.
    """
    try:
        source = TfliteSource(path.read_bytes())
        shapes = [source.shape(one) for one in (*source.graph.inputs, *source.graph.outputs)]
        if shapes == _SHAPES:
            return Network(_Chain(source).read(), _MEAN)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error) as e:
        raise ModelCorrupted(f"{path.name} is no MobileFaceNet as far as known: {e!r}") from e
    raise ModelCorrupted(f"{path.name} is no MobileFaceNet: its tensors are {shapes}")


class _Chain:
    """Reader of the operators in order, which maps tensors to the layers that end in them."""

    def __init__(self, source: TfliteSource) -> None:
        self._source = source
        self._layers: list[Layer] = []
        self._ends: dict[int, int] = {}
        self._products: dict[int, Any] = {}

    def read(self) -> tuple[Layer, ...]:
        for operator in self._source.operators:
            kind = self._source.kind(operator)
            if kind in {_CONVOLUTION, _DEPTHWISE}:
                self._read_convolution(operator, depthwise=kind == _DEPTHWISE)
            elif kind == "MUL":
                slopes, _ = operator.inputs
                self._products[operator.outputs[0]] = self._source.constant(slopes)
            elif kind == "ADD":
                self._read_addition(operator)
            elif kind not in {*_PARTS_OF_PRELU, "RESHAPE"}:
                raise ValueError(f"{kind} is not part of the network")
        return tuple(self._layers)

    def _read_convolution(self, operator: Any, *, depthwise: bool) -> None:
        before, filters, biases = operator.inputs
        if self._layers and self._ends[before] != len(self._layers) - 1:
            raise ValueError("a convolution does not follow the layer before it")
        options = operator.builtinOptions
        # Stored as filters, height, width, channels; depthwise as one, height, width, filters.
        order = (3, 0, 1, 2) if depthwise else (0, 3, 1, 2)
        weights = np.ascontiguousarray(self._source.constant(filters).transpose(order))
        rows = self._source.shape(before)[1]
        padded = options.padding == schema.Padding.SAME
        layer = Layer(
            filters=weights,
            biases=self._source.constant(biases),
            stride=options.strideH,
            pads=_same_padding(rows, weights.shape[2], options.strideH) if padded else (0,) * 4,
            depthwise=depthwise,
        )
        self._ends[operator.outputs[0]] = len(self._layers)
        self._layers.append(layer)

    def _read_addition(self, operator: Any) -> None:
        """Read the end of a PReLU, or of a block that adds its input."""
        last, (first, second) = len(self._layers) - 1, operator.inputs
        if second in self._products:
            changed = replace(self._layers[last], slopes=2 * self._products[second])
        elif self._ends[first] == last:
            changed = replace(self._layers[last], adds=self._ends[second])
        else:
            raise ValueError("an addition does not follow the layer before it")
        self._layers[last] = changed
        self._ends[operator.outputs[0]] = last


def _same_padding(rows: int, side: int, stride: int) -> tuple[int, int, int, int]:
    """Return the pads of a square tensor by TensorFlow's rule SAME.

    It yields ceil(rows / stride), and puts the odd pixel at the end.
    """
    after = -(-rows // stride)
    total = max((after - 1) * stride + side - rows, 0)
    before = total // 2
    return before, before, total - before, total - before
