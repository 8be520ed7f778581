"""MobileFaceNet, read from a TensorFlow.js graph model and repaired.

The published file does not work (59.5 % on LFW, without any error): its converter broke two things,
both of which are undone exactly.

1. PReLU is written relu(x) + a * (x - |x|) / 2 with a / 2 as one constant, and the constants were
   negated: the true slope is -2 times the stored value.
2. A ReLU was fused into the depthwise convolutions, although |x| and the subtraction use the value
   before it: there is no ReLU, only the PReLU after the convolution.

One file holds the weights as raw little-endian numbers, in the order of the manifest in the other.
The architecture is checked: anything but a chain of the layers below is refused.
"""

import base64
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceplatform.errors import ModelCorrupted

INPUT_SIDE = 112
DIMENSION = 192

_FULL, _DEPTHWISE = "_FusedConv2D", "FusedDepthwiseConv2dNative"
# 33 convolutions have a PReLU (Abs, Sub, Mul and Add each, and Relu where it was not fused);
# 12 blocks add their input to their output; the last nodes normalise.
_NODES = {
    _FULL: 35,
    _DEPTHWISE: 17,
    "Relu": 17,
    "Abs": 33,
    "Sub": 33,
    "Mul": 34,
    "Add": 45,
    "Placeholder": 1,
    "Squeeze": 1,
    "Square": 1,
    "Sum": 1,
    "Maximum": 1,
    "Rsqrt": 1,
}
_SLOPES, _ADDITIONS = 33, 12

_TYPES = {"float32": np.dtype("<f4"), "int32": np.dtype("<i4")}

_Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A convolution with its activation and addition.

    Attributes:
        filters: float32, (filters, channels of a group, height, width).
        biases: float32, (filters,).
        stride: in both directions.
        same: padded by TensorFlow's rule SAME, else not at all.
        depthwise: True if each filter has one channel.
        slopes: of the PReLU that follows, float32, (filters,), or None.
        adds: index of the layer whose output is added to that of this one, or None.
    """

    filters: NDArray[np.float32]
    biases: NDArray[np.float32]
    stride: int
    same: bool
    depthwise: bool
    slopes: NDArray[np.float32] | None = None
    adds: int | None = None


def read(graph: Path, weights: Path) -> tuple[Layer, ...]:
    """Read the layers, first to last, each on the output of the one before it.

    The input is RGB, (x - 127.5) / 128; the output is normalised to length one afterwards.

    Raises:
        faceplatform.errors.ModelCorrupted: the files do not hold this network.
    """
    try:
        model = json.loads(graph.read_bytes())
        nodes = [node for node in model["modelTopology"]["node"] if node["op"] != "Const"]
        values = _values(model["weightsManifest"], weights.read_bytes())
        if Counter(node["op"] for node in nodes) != Counter(_NODES):
            raise ModelCorrupted(f"{graph.name} has other layers than MobileFaceNet")
        layers = _Chain(values).read(nodes)
    except (ValueError, KeyError, TypeError, IndexError) as e:
        raise ModelCorrupted(f"{graph.name} and {weights.name} are no MobileFaceNet: {e}") from e
    if layers[-1].filters.shape[0] != DIMENSION:
        raise ModelCorrupted(f"{graph.name} gives no embedding of {DIMENSION}")
    return layers


def _values(manifest: Any, data: bytes) -> dict[str, NDArray[Any]]:
    """Return the constants of the graph by name."""
    values, start = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        kind = _TYPES[entry["dtype"]]
        count = int(np.prod(entry["shape"], dtype=np.int64))
        values[entry["name"]] = np.frombuffer(data, kind, count, start).reshape(entry["shape"])
        start += count * kind.itemsize
    if start != len(data):
        raise ValueError(f"{len(data) - start} bytes are left over")
    return values


class _Chain:
    """Reader of the nodes in order, which maps the names of outputs to layers."""

    def __init__(self, values: Mapping[str, NDArray[Any]]) -> None:
        self._values = values
        self._layers: list[Layer] = []
        self._outputs: dict[str, int] = {}

    def read(self, nodes: list[_Node]) -> tuple[Layer, ...]:
        for node in nodes:
            if node["op"] in {_FULL, _DEPTHWISE}:
                self._read_convolution(node)
            elif node["op"] == "Add":
                self._read_addition(node)
        slopes = sum(layer.slopes is not None for layer in self._layers)
        additions = sum(layer.adds is not None for layer in self._layers)
        if (slopes, additions) != (_SLOPES, _ADDITIONS):
            raise ValueError(f"{slopes} PReLU and {additions} additions")
        return tuple(self._layers)

    def _read_convolution(self, node: _Node) -> None:
        before, filters, biases = node["input"]
        if self._layers and self._outputs[before] != len(self._layers) - 1:
            raise ValueError(f"{node['name']} does not follow the layer before it")
        depthwise = node["op"] == _DEPTHWISE
        # TensorFlow's order is height, width, channels, filters (depthwise: filters per channel).
        order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)
        self._outputs[node["name"]] = len(self._layers)
        self._layers.append(
            Layer(
                filters=np.ascontiguousarray(self._values[filters].transpose(order)),
                biases=self._values[biases],
                stride=int(node["attr"]["strides"]["list"]["i"][1]),
                same=base64.b64decode(node["attr"]["padding"]["s"]) == b"SAME",
                depthwise=depthwise,
            )
        )

    def _read_addition(self, node: _Node) -> None:
        """Read the end of a PReLU, or of a block that adds its input."""
        last, (first, second) = len(self._layers) - 1, node["input"]
        layer = self._layers[last]
        if layer.slopes is not None or layer.adds is not None:
            raise ValueError(f"{node['name']} adds to a layer that is complete")
        if second in self._outputs:
            if self._outputs[first] != last:
                raise ValueError(f"{node['name']} does not follow the layer before it")
            changed = replace(layer, adds=self._outputs[second])
        else:
            stored = self._values[f"{node['name'].removesuffix('/add')}/mul"]
            changed = replace(layer, slopes=stored * np.float32(-2))
        self._layers[last] = changed
        self._outputs[node["name"]] = last
