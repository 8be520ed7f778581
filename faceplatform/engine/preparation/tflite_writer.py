"""Writer of TFLite files whose bytes depend on nothing but the network.

Tensors and operators are numbered in the order of their creation, see `onnx_writer`. Images are
channels-last, in batches of one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

_SCHEMA_VERSION = 3
_IDENTIFIER = b"TFL3"

# The first versions of operators that take 8-bit tensors. All versions take floats.
_VERSIONS = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "ADD": 2,
    "MAX_POOL_2D": 2,
    "DEQUANTIZE": 2,
}
_KINDS = {
    np.dtype(np.float32): schema.TensorType.FLOAT32,
    np.dtype(np.int32): schema.TensorType.INT32,
    np.dtype(np.int8): schema.TensorType.INT8,
    np.dtype(np.bool_): schema.TensorType.BOOL,
}

Shape = Sequence[int]


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A quantization: an integer stands for scale * (integer - zero).

    Attributes:
        scales: one, or one for each index of ``axis``.
    """

    scales: NDArray[np.float32]
    zero: int = 0
    axis: int = 0


class TfliteGraph:
    """A graph under construction."""

    def __init__(self) -> None:
        self._graph = schema.SubGraphT()
        self._graph.tensors, self._graph.operators = [], []
        self._model = schema.ModelT()
        self._model.version = _SCHEMA_VERSION
        self._model.subgraphs = [self._graph]
        self._model.operatorCodes = []
        self._model.buffers = [schema.BufferT()]  # shared by all tensors without values
        self._codes: dict[str, int] = {}

    def shape(self, tensor: int) -> list[int]:
        return list(self._graph.tensors[tensor].shape)

    def add_tensor(self, shape: Shape, *, grid: Grid | None = None, name: str = "") -> int:
        """Append a computed tensor: floats, or 8-bit integers on a grid. Return its index."""
        kind = np.float32 if grid is None else np.int8
        return self._append(shape, np.dtype(kind), grid, name)

    def add_flags(self, shape: Shape) -> int:
        """Append a computed tensor of booleans. Return its index."""
        return self._append(shape, np.dtype(np.bool_), None, "")

    def add_constant(self, values: NDArray[Any], *, grid: Grid | None = None) -> int:
        """Append a constant tensor: float32, int32 or int8. Return its index."""
        tensor = self._append(values.shape, values.dtype, grid, "")
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(values).tobytes(), dtype=np.uint8)
        self._model.buffers.append(buffer)
        self._graph.tensors[tensor].buffer = len(self._model.buffers) - 1
        return tensor

    def add_node(self, kind: str, inputs: Sequence[int], output: int, options: Any = None) -> int:
        """Append an operator. Return its output.

        Args:
            kind: the name in the schema.
            options: an object of the schema, for operators that have options.
        """
        operator = schema.OperatorT()
        operator.opcodeIndex = self._code(kind)
        operator.inputs, operator.outputs = list(inputs), [output]
        if options is not None:
            operator.builtinOptions = options
            name = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, name)
        self._graph.operators.append(operator)
        return output

    def finish(self, inputs: Sequence[int], outputs: Sequence[int]) -> bytes:
        """Return the file."""
        self._graph.inputs, self._graph.outputs = list(inputs), list(outputs)
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self._model.Pack(builder), file_identifier=_IDENTIFIER)
        return bytes(builder.Output())

    def _append(self, shape: Shape, kind: np.dtype[Any], grid: Grid | None, name: str) -> int:
        tensor = schema.TensorT()
        tensor.shape = [int(side) for side in shape]
        tensor.type = _KINDS[kind]
        tensor.name = (name or f"tensor_{len(self._graph.tensors)}").encode("ascii")
        tensor.buffer = 0
        if grid is not None:
            steps = schema.QuantizationParametersT()
            steps.scale = np.atleast_1d(grid.scales).astype(np.float32)
            steps.zeroPoint = np.full(len(steps.scale), grid.zero, dtype=np.int64)
            steps.quantizedDimension = grid.axis
            tensor.quantization = steps
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _code(self, kind: str) -> int:
        if kind not in self._codes:
            code = schema.OperatorCodeT()
            code.builtinCode = getattr(schema.BuiltinOperator, kind)
            # For old readers; it has 7 bits.
            code.deprecatedBuiltinCode = min(code.builtinCode, 127)
            code.version = _VERSIONS.get(kind, 1)
            self._model.operatorCodes.append(code)
            self._codes[kind] = len(self._model.operatorCodes) - 1
        return self._codes[kind]


def convolution(stride: int, *, padded: bool, relu: bool = False) -> Any:
    """Return the options of a convolution over all channels."""
    return _strided(schema.Conv2DOptionsT(), stride, padded=padded, relu=relu)


def depthwise(stride: int, *, padded: bool) -> Any:
    """Return the options of a convolution of each channel by itself."""
    options = _strided(schema.DepthwiseConv2DOptionsT(), stride, padded=padded)
    options.depthMultiplier = 1
    return options


def _strided(options: Any, stride: int, *, padded: bool, relu: bool = False) -> Any:
    options.padding = schema.Padding.SAME if padded else schema.Padding.VALID
    options.strideW = options.strideH = stride
    options.dilationWFactor = options.dilationHFactor = 1
    kinds = schema.ActivationFunctionType
    options.fusedActivationFunction = kinds.RELU if relu else kinds.NONE
    return options
