"""dlib's face recognition network as an ONNX file.

What the file computes is exactly what dlib computes, with fewer steps: the scaling of the input
and each affine layer are folded into the convolution beside them. The folding of the input is
exact because the first convolution pads nothing.

The bytes depend on the weights alone: every number is folded in float64 by operations whose
result IEEE 754 fixes, sums are correctly rounded, and version, operator set and producer are
named here. So the checksum of the result is known in advance (see `weights`).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from faceplatform.engine import dlib_network
from faceplatform.engine.dlib_network import Block, Convolution, DlibNetwork

INPUT = "rgb"
OUTPUT = "embedding"

# The oldest versions that hold what is used here, so that any current onnxruntime runs it.
_IR_VERSION = 8
_OPERATOR_SET = 13
_PRODUCER = "faceplatform"

# dlib/dnn/input.h: input_rgb_image_sized divides by this after it took off the mean.
_PIXEL_SCALE = 256.0


def convert(network: DlibNetwork) -> bytes:
    """The network as the bytes of an ONNX file.

    Its input ``rgb`` is uint8, (n, 150, 150, 3), RGB; its output ``embedding`` is float32,
    (n, 128), L2-normalised.
    """
    return bytes(_Graph().build(network).SerializeToString(deterministic=True))


class _Graph:
    """An ONNX graph in the making: nodes and weights in the order in which they are asked for."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []

    def build(self, network: DlibNetwork) -> onnx.ModelProto:
        side = dlib_network.INPUT_SIDE
        x = self._node("Cast", [INPUT], to=TensorProto.FLOAT)
        x = self._node("Transpose", [x], perm=[0, 3, 1, 2])
        x = self._convolve(x, *_folded_stem(network), network.stem)
        x = self._node("Relu", [x])
        pool, stride = dlib_network.MAX_POOL_SIDE, dlib_network.MAX_POOL_STRIDE
        x = self._node("MaxPool", [x], kernel_shape=[pool, pool], strides=[stride, stride])
        rows = _convolved(side, network.stem)
        rows = (rows - pool) // stride + 1
        for block in network.blocks:
            x, rows = self._block(x, rows, block)
        x = self._node("GlobalAveragePool", [x])
        x = self._node("Flatten", [x])
        x = self._node("MatMul", [x, self._weight(network.embedding)])
        self._node("LpNormalization", [x], output=OUTPUT, axis=1, p=2)
        return self._model([None, side, side, 3], [None, dlib_network.DIMENSION])

    def _block(self, x: str, rows: int, block: Block) -> tuple[str, int]:
        """A residual block on a picture of ``rows`` by ``rows``; its output and that one's rows."""
        inner = self._node("Relu", [self._convolve(x, *_folded(block.first), block.first)])
        inner = self._convolve(inner, *_folded(block.second), block.second)
        if not block.halves:
            return self._node("Relu", [self._node("Add", [inner, x])]), rows
        side, stride = dlib_network.SHORTCUT_SIDE, dlib_network.SHORTCUT_STRIDE
        x = self._node("AveragePool", [x], kernel_shape=[side, side], strides=[stride, stride])
        inner_rows = _convolved(rows, block.first)
        rows = (rows - side) // stride + 1
        filters, channels = block.first.filters.shape[:2]
        inner = self._padded(inner, channels=0, rows=rows - inner_rows)
        x = self._padded(x, channels=filters - channels, rows=0)
        return self._node("Relu", [self._node("Add", [inner, x])]), rows

    def _convolve(
        self, x: str, filters: NDArray[np.float32], biases: NDArray[np.float32], layer: Convolution
    ) -> str:
        return self._node(
            "Conv",
            [x, self._weight(filters), self._weight(biases)],
            kernel_shape=list(filters.shape[2:]),
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def _padded(self, x: str, *, channels: int, rows: int) -> str:
        """Zeros behind the last channel, at the bottom and at the right."""
        if channels == rows == 0:
            return x
        pads = np.array([0, 0, 0, 0, 0, channels, rows, rows], dtype=np.int64)
        return self._node("Pad", [x, self._weight(pads)])

    def _node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        output = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _weight(self, values: NDArray[np.float32] | NDArray[np.int64]) -> str:
        name = f"weight_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def _model(
        self, input_shape: Sequence[int | None], output_shape: Sequence[int | None]
    ) -> onnx.ModelProto:
        inputs = [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, input_shape)]
        outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, output_shape)]
        graph = helper.make_graph(self._nodes, "dlib_resnet", inputs, outputs, self._weights)
        return helper.make_model(
            graph,
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPERATOR_SET)],
            producer_name=_PRODUCER,
        )


def _convolved(rows: int, layer: Convolution) -> int:
    """The rows of a picture after a convolution."""
    side = int(layer.filters.shape[2])
    return (rows + 2 * layer.padding - side) // layer.stride + 1


def _folded(layer: Convolution) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Filters and biases that give what the convolution and its affine layer give together."""
    filters, biases = _folded_exactly(layer)
    return filters.astype(np.float32), biases.astype(np.float32)


def _folded_exactly(layer: Convolution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gamma = layer.gamma.astype(np.float64)
    filters = layer.filters * gamma[:, None, None, None]
    return filters, layer.biases * gamma + layer.beta.astype(np.float64)


def _folded_stem(network: DlibNetwork) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The first convolution for raw pixels 0..255 instead of (pixel - mean) / 256."""
    filters, biases = _folded_exactly(network.stem)
    filters = filters / _PIXEL_SCALE
    products = filters * network.mean[None, :, None, None]
    # fsum is correctly rounded, and so does not depend on the order numpy would add in.
    shifts = np.array([math.fsum(one.ravel()) for one in products])
    return filters.astype(np.float32), (biases - shifts).astype(np.float32)
