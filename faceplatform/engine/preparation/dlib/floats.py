"""dlib's face recognition network as an ONNX file.

The file computes exactly what dlib computes, in fewer steps: the scaling of the input and each
affine layer are folded into the adjacent convolution. Folding the input is exact because the first
convolution has no padding.

The bytes depend on the weights alone: folding uses float64 operations whose result IEEE 754
defines, and correctly rounded sums. So the checksum of the file is known in advance (see
`manifest`).
"""

import math

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.dlib import network as dlib_network
from faceplatform.engine.preparation.dlib import oddness
from faceplatform.engine.preparation.dlib.network import Block, Convolution, DlibNetwork
from faceplatform.engine.preparation.onnx_writer import OnnxGraph

# dlib/dnn/input.h: input_rgb_image_sized divides by this after subtracting the mean.
_PIXEL_SCALE = 256.0


def convert(network: DlibNetwork) -> bytes:
    """Return the network as an ONNX file.

    Its input ``rgb`` is uint8, (n, 150, 150, 3), RGB; its outputs are ``embedding``, float32,
    (n, 128), L2-normalised, and ``oddness``, float32, (n, readings), see `oddness`.
    """
    return _Graph().build(network)


class _Graph(OnnxGraph):
    def build(self, network: DlibNetwork) -> bytes:
        side = dlib_network.INPUT_SIDE
        x = self.add_pixels()
        x = self._convolve(x, *folded_stem(network), network.stem)
        x = self.add_node("Relu", [x])
        pool, stride = dlib_network.MAX_POOL_SIDE, dlib_network.MAX_POOL_STRIDE
        x = self.add_node("MaxPool", [x], kernel_shape=[pool, pool], strides=[stride, stride])
        rows = rows_after(side, network.stem)
        rows = (rows - pool) // stride + 1
        maps = []
        for place, block in enumerate(network.blocks):
            x, rows = self._add_block(x, rows, block)
            if place in oddness.BLOCKS:
                maps.append(x)
        self.add_oddness(maps, *oddness.weights())
        x = self.add_node("GlobalAveragePool", [x])
        x = self.add_node("Flatten", [x])
        x = self.add_node("MatMul", [x, self.add_weight(network.embedding)])
        return self.finish("dlib_resnet", x, side=side, dimension=dlib_network.DIMENSION)

    def _add_block(self, x: str, rows: int, block: Block) -> tuple[str, int]:
        """Add a residual block on a tensor of ``rows`` by ``rows``. Return its output and rows."""
        inner = self.add_node("Relu", [self._convolve(x, *folded(block.first), block.first)])
        inner = self._convolve(inner, *folded(block.second), block.second)
        if not block.halves:
            return self.add_node("Relu", [self.add_node("Add", [inner, x])]), rows
        side, stride = dlib_network.SHORTCUT_SIDE, dlib_network.SHORTCUT_STRIDE
        x = self.add_node("AveragePool", [x], kernel_shape=[side, side], strides=[stride, stride])
        inner_rows = rows_after(rows, block.first)
        rows = (rows - side) // stride + 1
        filters, channels = block.first.filters.shape[:2]
        inner = self._pad(inner, channels=0, rows=rows - inner_rows)
        x = self._pad(x, channels=filters - channels, rows=0)
        return self.add_node("Relu", [self.add_node("Add", [inner, x])]), rows

    def _convolve(
        self, x: str, filters: NDArray[np.float32], biases: NDArray[np.float32], layer: Convolution
    ) -> str:
        return self.add_node(
            "Conv",
            [x, self.add_weight(filters), self.add_weight(biases)],
            kernel_shape=list(filters.shape[2:]),
            strides=[layer.stride] * 2,
            pads=[layer.padding] * 4,
        )

    def _pad(self, x: str, *, channels: int, rows: int) -> str:
        """Pad with zeros after the last channel, at the bottom and at the right."""
        if channels == rows == 0:
            return x
        pads = np.array([0, 0, 0, 0, 0, channels, rows, rows], dtype=np.int64)
        return self.add_node("Pad", [x, self.add_weight(pads)])


def rows_after(rows: int, layer: Convolution) -> int:
    """Return the rows of a tensor after a convolution."""
    side = int(layer.filters.shape[2])
    return (rows + 2 * layer.padding - side) // layer.stride + 1


def folded(layer: Convolution) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return filters and biases of the convolution with its affine layer folded in."""
    filters, biases = _folded_exactly(layer)
    return filters.astype(np.float32), biases.astype(np.float32)


def _folded_exactly(layer: Convolution) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    gamma = layer.gamma.astype(np.float64)
    filters = layer.filters * gamma[:, None, None, None]
    return filters, layer.biases * gamma + layer.beta.astype(np.float64)


def folded_stem(network: DlibNetwork) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the first convolution for pixels 0..255 instead of (pixel - mean) / 256."""
    filters, biases = _folded_exactly(network.stem)
    filters = filters / _PIXEL_SCALE
    products = filters * network.mean[None, :, None, None]
    # fsum is correctly rounded, so it does not depend on the order of summation.
    shifts = np.array([math.fsum(one.ravel()) for one in products])
    return filters.astype(np.float32), (biases - shifts).astype(np.float32)
