"""MobileFaceNet as an ONNX file.

PReLU is written as slope * x + (1 - slope) * relu(x), with each product a 1x1 depthwise
convolution: onnxruntime's PRelu leaves the blocked layout in which convolutions are fast, which
slows the net down from 7 to 15 ms.

The bytes depend on the weights alone, see `onnx_writer`.
"""

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.mobilefacenet import network as mobilefacenet
from faceplatform.engine.preparation.mobilefacenet.network import Layer
from faceplatform.engine.preparation.onnx_writer import OnnxGraph

_PIXEL_MEAN, _PIXEL_SCALE = 127.5, 128.0


def convert(layers: tuple[Layer, ...]) -> bytes:
    """Return the network as an ONNX file.

    Its input ``rgb`` is uint8, (n, 112, 112, 3), RGB; its output ``embedding`` is float32,
    (n, 192), L2-normalised.
    """
    return _Graph().build(layers)


class _Graph(OnnxGraph):
    def build(self, layers: tuple[Layer, ...]) -> bytes:
        # Not folded into the first convolution, whose padding stands for grey, not black.
        x = self.add_node("Sub", [self.add_pixels(), self.add_weight(_constant(_PIXEL_MEAN))])
        x = self.add_node("Mul", [x, self.add_weight(_constant(1 / _PIXEL_SCALE))])
        rows, outputs = mobilefacenet.INPUT_SIDE, list[str]()
        for layer in layers:
            pads, rows = _padding(rows, layer)
            x = self._convolve(x, layer, pads)
            if layer.slopes is not None:
                x = self._add_prelu(x, layer.slopes)
            if layer.adds is not None:
                x = self.add_node("Add", [x, outputs[layer.adds]])
            outputs.append(x)
        x = self.add_node("Flatten", [x])
        return self.finish(
            "mobilefacenet",
            x,
            side=mobilefacenet.INPUT_SIDE,
            dimension=mobilefacenet.DIMENSION,
        )

    def _convolve(self, x: str, layer: Layer, pads: list[int]) -> str:
        return self.add_node(
            "Conv",
            [x, self.add_weight(layer.filters), self.add_weight(layer.biases)],
            kernel_shape=list(layer.filters.shape[2:]),
            strides=[layer.stride] * 2,
            pads=pads,
            group=layer.filters.shape[0] if layer.depthwise else 1,
        )

    def _add_prelu(self, x: str, slopes: NDArray[np.float32]) -> str:
        positive = self._scale(self.add_node("Relu", [x]), np.float32(1) - slopes)
        return self.add_node("Add", [self._scale(x, slopes), positive])

    def _scale(self, x: str, factors: NDArray[np.float32]) -> str:
        """Multiply each channel by its factor."""
        weight = self.add_weight(factors.reshape(-1, 1, 1, 1))
        return self.add_node("Conv", [x, weight], kernel_shape=[1, 1], group=len(factors))


def _constant(value: float) -> NDArray[np.float32]:
    return np.array(value, dtype=np.float32)


def _padding(rows: int, layer: Layer) -> tuple[list[int], int]:
    """Return ONNX's pads (top, left, bottom, right) of a square tensor, and the resulting rows.

    TensorFlow's SAME yields ceil(rows / stride) and puts the odd pixel at the end.
    """
    side = int(layer.filters.shape[2])
    if not layer.same:
        return [0] * 4, (rows - side) // layer.stride + 1
    after = -(-rows // layer.stride)
    total = max((after - 1) * layer.stride + side - rows, 0)
    before = total // 2
    return [before, before, total - before, total - before], after
