"""dlib's face recognition network in integers, as an ONNX file.

Activations are rounded to 8 bits and weights to 7: a chip with its mirror image takes 3.9 instead
of 10.8 ms, and a process 40 MB less. For the effect on accuracy see `docs/accuracy.md`.

Each filter has its own scale. Weights have 7 bits because processors without VNNI add two products
of an activation and a weight in 16 bits: 2 * 255 * 64 still fits, so that all processors compute
the same. The ranges of the activations cannot be derived from the weights: they are data
(`int8_ranges`). Pixels enter unchanged, with scale 1; the sum of the last residual block and the
matrix of the embedding stay float.

The operators are float ones between DequantizeLinear and QuantizeLinear, which onnxruntime turns
into integer ones. A ReLU needs no operator: it is a range that starts at zero.

The bytes depend on the weights and the ranges alone, see `floats`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.dlib import floats as dlib_onnx
from faceplatform.engine.preparation.dlib import network as dlib_network
from faceplatform.engine.preparation.dlib import oddness
from faceplatform.engine.preparation.dlib.int8_ranges import BLOCKS, STEM, BlockRanges
from faceplatform.engine.preparation.dlib.network import Block, DlibNetwork
from faceplatform.engine.preparation.onnx_writer import INPUT, OnnxGraph

_LARGEST_WEIGHT = 64
_LARGEST_ACTIVATION = 255


def convert(network: DlibNetwork) -> bytes:
    """Return the network as an ONNX file with the input and outputs of `floats`."""
    return _Graph().build(network)


@dataclass(frozen=True, slots=True)
class _Quantized:
    """An 8-bit tensor: an integer stands for scale * (integer - zero).

    Attributes:
        name: in the graph.
        constants: the names of scale and zero in the graph.
        rows: height and width.
    """

    name: str
    scale: float
    constants: tuple[str, str]
    rows: int


class _Graph(OnnxGraph):
    def build(self, network: DlibNetwork) -> bytes:
        side, stem = dlib_network.INPUT_SIDE, network.stem
        pixels = self.add_node("Transpose", [INPUT], perm=[0, 3, 1, 2])
        x = self._name(pixels, 0.0, float(_LARGEST_ACTIVATION), side)
        convolved = self._convolve(
            x, *dlib_onnx.folded_stem(network), stride=stem.stride, padding=stem.padding
        )
        x = self._round(convolved, 0.0, STEM, dlib_onnx.rows_after(side, stem))
        x = self._pool(x)
        last, maps = len(BLOCKS) - 1, []
        for place, (block, ranges) in enumerate(zip(network.blocks, BLOCKS, strict=True)):
            total, rows = self._add_block(x, block, ranges)
            if place < last:
                x = self._round(total, 0.0, ranges.output, rows)
            if place in oddness.BLOCKS:
                # Of the rounded map: another use of the float sum would keep onnxruntime from
                # adding in integers, which is slower and changes embeddings.
                maps.append(self._dequantize(x))
        self.add_oddness(maps, *oddness.weights())
        means = self.add_node("GlobalAveragePool", [self.add_node("Relu", [total])])
        embedding = self.add_node(
            "MatMul", [self.add_node("Flatten", [means]), self.add_weight(network.embedding)]
        )
        return self.finish(
            "dlib_resnet_int8", embedding, side=side, dimension=dlib_network.DIMENSION
        )

    def _add_block(self, x: _Quantized, block: Block, ranges: BlockRanges) -> tuple[str, int]:
        """Add a residual block without its last ReLU. Return the float sum and its rows."""
        first, second = block.first, block.second
        inner = self._round(
            self._convolve(x, *dlib_onnx.folded(first), stride=first.stride, padding=first.padding),
            0.0,
            ranges.inner,
            dlib_onnx.rows_after(x.rows, first),
        )
        branch = self._round(
            self._convolve(
                inner, *dlib_onnx.folded(second), stride=second.stride, padding=second.padding
            ),
            ranges.branch_low,
            ranges.branch_high,
            inner.rows,
        )
        if block.halves:
            filters, channels = first.filters.shape[:2]
            x = self._halve(x, filters=filters, channels=channels)
            branch = self._pad(branch, x.rows - branch.rows)
        return self.add_node("Add", [self._dequantize(branch), self._dequantize(x)]), x.rows

    def _pool(self, x: _Quantized) -> _Quantized:
        side, stride = dlib_network.MAX_POOL_SIDE, dlib_network.MAX_POOL_STRIDE
        pooled = self.add_node(
            "MaxPool", [self._dequantize(x)], kernel_shape=[side, side], strides=[stride, stride]
        )
        return self._round_like(x, pooled, (x.rows - side) // stride + 1)

    def _halve(self, x: _Quantized, *, filters: int, channels: int) -> _Quantized:
        """Average 2 x 2 pixels and add channels of zeros, both by one convolution.

        Its weights, a quarter or nothing, are exact in 7 bits.
        """
        side, stride = dlib_network.SHORTCUT_SIDE, dlib_network.SHORTCUT_STRIDE
        average = np.zeros((filters, channels, side, side), dtype=np.float32)
        average[np.arange(channels), np.arange(channels)] = 1 / side**2
        nothing = np.zeros(filters, dtype=np.float32)
        halved = self._convolve(x, average, nothing, stride=stride, padding=0)
        return self._round_like(x, halved, (x.rows - side) // stride + 1)

    def _pad(self, x: _Quantized, rows: int) -> _Quantized:
        """Pad with zeros at the bottom and at the right."""
        if rows == 0:
            return x
        pads = self.add_weight(np.array([0, 0, 0, 0, 0, 0, rows, rows], dtype=np.int64))
        padded = self.add_node("Pad", [x.name, pads, x.constants[1]])
        return _Quantized(padded, x.scale, x.constants, x.rows + rows)

    def _convolve(
        self,
        x: _Quantized,
        filters: NDArray[np.float32],
        biases: NDArray[np.float32],
        *,
        stride: int,
        padding: int,
    ) -> str:
        """Add a convolution of integers. Return its float result."""
        largest = np.abs(filters).max(axis=(1, 2, 3))
        scales = np.where(largest > 0, largest, 1).astype(np.float32) / np.float32(_LARGEST_WEIGHT)
        whole = np.round(filters / scales[:, None, None, None]).astype(np.int8)
        # ONNX requires the scale of the products for the bias.
        bias_scales = scales * np.float32(x.scale)
        whole_biases = np.round(biases.astype(np.float64) / bias_scales).astype(np.int32)
        return self.add_node(
            "Conv",
            [
                self._dequantize(x),
                self._add_dequantized(whole, scales),
                self._add_dequantized(whole_biases, bias_scales),
            ],
            kernel_shape=list(filters.shape[2:]),
            strides=[stride] * 2,
            pads=[padding] * 4,
        )

    def _round(self, x: str, low: float, high: float, rows: int) -> _Quantized:
        """Round a float tensor to 8 bits, clipped to the range."""
        named = self._name("", low, high, rows)
        return self._round_like(named, x, rows)

    def _round_like(self, other: _Quantized, x: str, rows: int) -> _Quantized:
        name = self.add_node("QuantizeLinear", [x, *other.constants])
        return _Quantized(name, other.scale, other.constants, rows)

    def _name(self, name: str, low: float, high: float, rows: int) -> _Quantized:
        scale = np.float32((high - low) / _LARGEST_ACTIVATION)
        zero = np.uint8(round(-low / float(scale)))
        constants = (self.add_weight(np.array(scale)), self.add_weight(np.array(zero)))
        return _Quantized(name, float(scale), constants, rows)

    def _dequantize(self, x: _Quantized) -> str:
        return self.add_node("DequantizeLinear", [x.name, *x.constants])

    def _add_dequantized(
        self, whole: NDArray[np.int8] | NDArray[np.int32], scales: NDArray[np.float32]
    ) -> str:
        inputs = [self.add_weight(whole), self.add_weight(scales)]
        return self.add_node("DequantizeLinear", inputs, axis=0)
