"""A net of MobileFaceNet's architecture, read from the ONNX file of faceplugin's package.

PyTorch exported it, with a batch of one and with its batch normalisations folded in.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import NodeProto, numpy_helper

from faceplatform.engine.preparation.mobilefacenet.network import Layer, Network
from faceplatform.errors import ModelCorrupted

_MEAN = 127.0


def read(path: Path) -> Network:
    """Return the network.

    Raises:
        faceplatform.errors.ModelCorrupted: the file does not hold it.
    """
    try:
        return Network(_Chain(onnx.load(path).graph).read(), _MEAN)
    except (IndexError, KeyError, ValueError) as e:
        raise ModelCorrupted(f"{path.name} is no MobileFaceNet as far as known: {e!r}") from e


class _Chain:
    """Reader of the nodes in order, which maps values to the layers that end in them."""

    def __init__(self, graph: onnx.GraphProto) -> None:
        self._nodes = graph.node
        self._constants = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        self._layers: list[Layer] = []
        self._ends: dict[str, int] = {}

    def read(self) -> tuple[Layer, ...]:
        for node in self._nodes:
            if node.op_type == "Conv":
                self._read_convolution(node)
            elif node.op_type == "PRelu":
                slopes = self._constants[node.input[1]].ravel()
                self._complete(node, replace(self._last(node.input[0]), slopes=slopes))
            elif node.op_type == "Add":
                block, inner = node.input
                added = self._ends[block]
                self._complete(node, replace(self._last(inner), adds=added))
            elif node.op_type != "Reshape":
                raise ValueError(f"{node.op_type} is not part of the network")
        return tuple(self._layers)

    def _read_convolution(self, node: NodeProto) -> None:
        before, filters, biases = node.input
        if self._layers:
            self._last(before)
        settings = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
        top, left, bottom, right = settings["pads"]
        self._ends[node.output[0]] = len(self._layers)
        self._layers.append(
            Layer(
                filters=np.ascontiguousarray(self._constants[filters]),
                biases=self._constants[biases],
                stride=settings["strides"][0],
                pads=(top, left, bottom, right),
                depthwise=settings["group"] > 1,
            )
        )

    def _last(self, value: str) -> Layer:
        """Return the last layer, which ends in this value."""
        if self._ends[value] != len(self._layers) - 1:
            raise ValueError(f"{value} is not the output of the layer before")
        return self._layers[-1]

    def _complete(self, node: NodeProto, layer: Layer) -> None:
        """Replace the last layer by one that ends in the output of the node."""
        self._layers[-1] = layer
        self._ends[node.output[0]] = len(self._layers) - 1
