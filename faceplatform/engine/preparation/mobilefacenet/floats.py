"""MobileFaceNet as an ONNX file, alone or joined with another net of its architecture.

PReLU is written as slope * x + (1 - slope) * relu(x), with each product a 1x1 depthwise
convolution: onnxruntime's PRelu leaves the blocked layout in which convolutions are fast, which
slows the net down from 7 to 15 ms.

The bytes depend on the weights alone, see `onnx_writer`.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.preparation.mobilefacenet import oddness
from faceplatform.engine.preparation.mobilefacenet.network import INPUT_SIDE, Layer, Network
from faceplatform.engine.preparation.onnx_writer import OnnxGraph

_PIXEL_SCALE = 128.0


def convert(network: Network) -> bytes:
    """Return the network as an ONNX file.

    Its input ``rgb`` is uint8, (n, 112, 112, 3), RGB; its outputs are ``embedding``, float32,
    (n, dimension), L2-normalised, and ``oddness``, float32, (n, readings), see `oddness`.
    """
    graph = _Graph()
    outputs = graph.add_network(graph.add_pixels(), network)
    graph.add_oddness_of(outputs)
    embedding = graph.add_node("Flatten", [outputs[-1]])
    return graph.finish("mobilefacenet", embedding, side=INPUT_SIDE, dimension=network.dimension)


def convert_joined(first: Network, second: Network, *, weight: float) -> bytes:
    """Return two networks as an ONNX file that joins their embeddings of a chip.

    Input and outputs are those of `convert`, where the dimension is the sum. The cosine of two such
    embeddings is the weighted mean of the networks' cosines. Oddness is that of the first network.

    Args:
        weight: of the first network's cosine, 0..1; the second has the rest.
    """
    graph = _Graph()
    pixels = graph.add_pixels()
    outputs = [graph.add_network(pixels, network) for network in (first, second)]
    graph.add_oddness_of(outputs[0])
    embeddings = []
    for (*_, last), factor in zip(outputs, (weight**0.5, (1 - weight) ** 0.5), strict=True):
        flat = graph.add_node("Flatten", [last])
        embeddings.append(graph.add_scaled(graph.add_normalised(flat), factor))
    joined = graph.add_node("Concat", embeddings, axis=1)
    dimension = first.dimension + second.dimension
    return graph.finish("mobilefacenet_joined", joined, side=INPUT_SIDE, dimension=dimension)


class _Graph(OnnxGraph):
    def add_network(self, pixels: str, network: Network) -> list[str]:
        """Add a network on pixels of 0..255.

        Return the outputs of its layers; the last is the embedding before normalization.
        """
        # Not folded into the first convolution, whose padding stands for grey, not black.
        x = self.add_node("Sub", [pixels, self.add_weight(_constant(network.mean))])
        x = self.add_scaled(x, 1 / _PIXEL_SCALE)
        outputs = list[str]()
        for layer in network.layers:
            x = self._convolve(x, layer)
            if layer.slopes is not None:
                x = self._add_prelu(x, layer.slopes)
            if layer.adds is not None:
                x = self.add_node("Add", [x, outputs[layer.adds]])
            outputs.append(x)
        return outputs

    def add_oddness_of(self, outputs: Sequence[str]) -> None:
        self.add_oddness([outputs[place] for place in oddness.LAYERS], *oddness.weights())

    def add_scaled(self, x: str, factor: float) -> str:
        return self.add_node("Mul", [x, self.add_weight(_constant(factor))])

    def add_normalised(self, x: str) -> str:
        return self.add_node("LpNormalization", [x], axis=1, p=2)

    def _convolve(self, x: str, layer: Layer) -> str:
        return self.add_node(
            "Conv",
            [x, self.add_weight(layer.filters), self.add_weight(layer.biases)],
            kernel_shape=list(layer.filters.shape[2:]),
            strides=[layer.stride] * 2,
            pads=list(layer.pads),
            group=layer.filters.shape[0] if layer.depthwise else 1,
        )

    def _add_prelu(self, x: str, slopes: NDArray[np.float32]) -> str:
        positive = self._scale_channels(self.add_node("Relu", [x]), np.float32(1) - slopes)
        return self.add_node("Add", [self._scale_channels(x, slopes), positive])

    def _scale_channels(self, x: str, factors: NDArray[np.float32]) -> str:
        """Multiply each channel by its factor."""
        weight = self.add_weight(factors.reshape(-1, 1, 1, 1))
        return self.add_node("Conv", [x, weight], kernel_shape=[1, 1], group=len(factors))


def _constant(value: float) -> NDArray[np.float32]:
    return np.array(value, dtype=np.float32)
