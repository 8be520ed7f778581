"""Conversion of a MiniFASNet to TFLite: LiteRT runs it in less than half the time of onnxruntime.

Its activations are PReLUs, which onnxruntime fuses with no convolution (0.5 against 1.2 ms a net).
Nothing is rounded: the scores equal those of the ONNX file to the last digits of a float, which is
checked on conversion.

Several files of these nets exist, and exporters write the same operator in several ways: a PReLU as
itself, as relu(x) - slope * relu(-x) or as max(x, slope * x).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from onnx import NodeProto, numpy_helper

from faceplatform.engine.preparation.tflite_writer import TfliteGraph, convolution, depthwise
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.errors import ModelCorrupted

_SIDE = 80
_TOLERANCE = 1e-5

# Operators that only compute the shape of a flattened image.
_SHAPES = {"Constant", "Shape", "Gather", "Unsqueeze", "Concat"}


def convert(path: Path) -> bytes:
    """Return a TFLite file: float32 (1, 80, 80, 3) BGR of 0..255 in, (1, 3) scores out.

    Raises:
        faceplatform.errors.ModelCorrupted: the file is no MiniFASNet.
    """
    model = onnx.load(path)
    try:
        data = _Graph(model.graph).build()
    except (KeyError, IndexError, ValueError) as e:
        raise ModelCorrupted(f"{path.name} is not a MiniFASNet as far as known: {e!r}") from e
    _check(path, data)
    return data


def _check(path: Path, data: bytes) -> None:
    """Refuse a conversion whose scores differ from those of onnxruntime on the original."""
    pixels = np.random.default_rng(0).uniform(0, 255, (1, _SIDE, _SIDE, 3)).astype(np.float32)
    session = load_onnx_session(path)
    (expected,) = session.run(None, {session.get_inputs()[0].name: pixels})
    net = Interpreter(model_content=data, num_threads=1)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], pixels)
    net.invoke()
    found = net.get_tensor(net.get_output_details()[0]["index"])
    if found.shape != expected.shape or np.abs(found - expected).max() > _TOLERANCE:
        raise ModelCorrupted(f"{path.name} cannot be converted: its scores would be others")


class _Graph(TfliteGraph):
    def __init__(self, source: Any) -> None:
        super().__init__()
        self._source = source
        self._constants = {one.name: numpy_helper.to_array(one) for one in source.initializer}
        self._made: dict[str, int] = {}

    def build(self) -> bytes:
        pixels = self.add_tensor((1, _SIDE, _SIDE, 3), name="bgr")
        self._made[self._source.input[0].name] = pixels
        prelus = _Prelus(self._source, self._constants)
        for node in self._source.node:
            name = node.output[0]
            if node.op_type in _SHAPES or name in prelus.inner:
                continue
            if name in prelus.found:
                x, slopes = prelus.found[name]
                self._made[name] = self._prelu(self._made[x], slopes)
            else:
                self._made[name] = _MAKERS[node.op_type](self, node)
        return self.finish([pixels], [self._made[self._source.output[0].name]])

    def transpose(self, node: NodeProto) -> int:
        """Skip the conversion to channels-first at the input: TFLite keeps channels last."""
        return self._made[node.input[0]]

    def flatten(self, node: NodeProto) -> int:
        """Flatten an image of one pixel; with more, the order of channels would change."""
        x = self._made[node.input[0]]
        options = schema.ReshapeOptionsT()
        options.newShape = np.array([1, -1], dtype=np.int32)
        return self.add_node("RESHAPE", [x], self.add_tensor((1, self.shape(x)[3])), options)

    def convolve(self, node: NodeProto) -> int:
        x, filters = self._made[node.input[0]], self._constants[node.input[1]]
        settings = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        stride, pad, side = settings["strides"][0], settings["pads"][0], filters.shape[2]
        # TFLite pads opposite edges equally only at stride one.
        alike = stride == 1 and pad == side // 2
        if pad and not alike:
            x = self._pad(x, pad)
        rows = self.shape(x)[1]
        sides = rows if alike else (rows - side) // stride + 1
        inputs = [self.add_constant(self._constants[node.input[2]])]
        output = self.add_tensor((1, sides, sides, len(filters)))
        if settings["group"] == 1:
            inputs = [x, self.add_constant(filters.transpose(0, 2, 3, 1)), *inputs]
            return self.add_node("CONV_2D", inputs, output, convolution(stride, padded=alike))
        if settings["group"] != len(filters):
            raise ValueError(f"{node.name} has groups of channels")
        inputs = [x, self.add_constant(filters.transpose(1, 2, 3, 0)), *inputs]
        return self.add_node("DEPTHWISE_CONV_2D", inputs, output, depthwise(stride, padded=alike))

    def add_prelu(self, node: NodeProto) -> int:
        return self._prelu(self._made[node.input[0]], self._constants[node.input[1]])

    def map_each(self, kind: str, options: Any, node: NodeProto) -> int:
        """Add an elementwise operator; its inputs have the same shape, or one is a single pixel."""
        inputs = [self._made[name] for name in node.input]
        return self.add_node(kind, inputs, self.add_tensor(self.shape(inputs[0])), options)

    def average(self, node: NodeProto) -> int:
        x = self._made[node.input[0]]
        options = schema.ReducerOptionsT()
        options.keepDims = True
        inputs = [x, self.add_constant(np.array([1, 2], dtype=np.int32))]
        return self.add_node("MEAN", inputs, self.add_tensor((1, 1, 1, self.shape(x)[3])), options)

    def multiply(self, node: NodeProto) -> int:
        x, matrix = self._made[node.input[0]], self._constants[node.input[1]]
        inputs = [
            x,
            self.add_constant(matrix.T),
            self.add_constant(np.zeros(matrix.shape[1], np.float32)),
        ]
        output = self.add_tensor((1, matrix.shape[1]))
        return self.add_node("FULLY_CONNECTED", inputs, output, schema.FullyConnectedOptionsT())

    def normalise(self, node: NodeProto) -> int:
        """Add a BatchNormalization as a product and a sum with constants."""
        gamma, beta, mean, variance = (
            self._constants[name].astype(np.float64) for name in node.input[1:]
        )
        (epsilon,) = (one.f for one in node.attribute if one.name == "epsilon")
        factors = gamma / np.sqrt(variance + epsilon)
        x = self._made[node.input[0]]
        for kind, values, options in (
            ("MUL", factors, schema.MulOptionsT()),
            ("ADD", beta - mean * factors, schema.AddOptionsT()),
        ):
            inputs = [x, self.add_constant(values.astype(np.float32))]
            x = self.add_node(kind, inputs, self.add_tensor(self.shape(x)), options)
        return x

    def softmax(self, node: NodeProto) -> int:
        options = schema.SoftmaxOptionsT()
        options.beta = 1.0
        return self.map_each("SOFTMAX", options, node)

    def _pad(self, x: int, pad: int) -> int:
        """Pad an image with zeros."""
        _, rows, columns, channels = self.shape(x)
        around = np.array([(0, 0), (pad, pad), (pad, pad), (0, 0)], dtype=np.int32)
        output = self.add_tensor((1, rows + 2 * pad, columns + 2 * pad, channels))
        return self.add_node("PAD", [x, self.add_constant(around)], output, schema.PadOptionsT())

    def _prelu(self, x: int, slopes: NDArray[np.float32]) -> int:
        inputs = [x, self.add_constant(slopes.reshape(1, 1, -1))]
        return self.add_node("PRELU", inputs, self.add_tensor(self.shape(x)))


class _Prelus:
    """PReLUs written as other operators.

    Attributes:
        found: by the name of the output, the name of the input and the slopes of the channels.
        inner: the names of the values in between.
    """

    def __init__(self, source: Any, constants: Mapping[str, NDArray[np.float32]]) -> None:
        self._makers = {node.output[0]: node for node in source.node}
        self._constants = constants
        self.found: dict[str, tuple[str, NDArray[np.float32]]] = {}
        self.inner: set[str] = set()
        for node in source.node:
            if node.op_type == "Max":
                self._read_max(node)
            elif node.op_type == "Add":
                self._read_sum(node)

    def _read_max(self, node: NodeProto) -> None:
        """Read max(x, slope * x), where no slope is above one."""
        x, scaled = node.input
        product = self._makers[scaled]
        slopes = self._constants[product.input[1]]
        if product.op_type != "Mul" or product.input[0] != x or slopes.max() > 1:
            raise ValueError(f"{node.name} is no PReLU")
        self.found[node.output[0]] = (x, slopes)
        self.inner.add(scaled)

    def _read_sum(self, node: NodeProto) -> None:
        """Read relu(x) + (-slope) * relu(-x); skip any other sum."""
        above, below = (self._makers[name] for name in node.input)
        if (above.op_type, below.op_type) != ("Relu", "Mul") or below.input[
            1
        ] not in self._constants:
            return
        relu = self._makers[below.input[0]]
        negated = self._makers[relu.input[0]]
        if (relu.op_type, negated.op_type) != ("Relu", "Neg") or negated.input[0] != above.input[0]:
            raise ValueError(f"{node.name} is no PReLU")
        self.found[node.output[0]] = (above.input[0], -self._constants[below.input[1]])
        self.inner |= {*node.input, below.input[0], relu.input[0]}


_MAKERS: Mapping[str, Callable[[_Graph, NodeProto], int]] = {
    "Transpose": _Graph.transpose,
    "Reshape": _Graph.flatten,
    "Flatten": _Graph.flatten,
    "Conv": _Graph.convolve,
    "PRelu": _Graph.add_prelu,
    "Relu": lambda graph, node: graph.map_each("RELU", None, node),
    "Sigmoid": lambda graph, node: graph.map_each("LOGISTIC", None, node),
    "Add": lambda graph, node: graph.map_each("ADD", schema.AddOptionsT(), node),
    "Mul": lambda graph, node: graph.map_each("MUL", schema.MulOptionsT(), node),
    "GlobalAveragePool": _Graph.average,
    "MatMul": _Graph.multiply,
    "BatchNormalization": _Graph.normalise,
    "Softmax": _Graph.softmax,
}
