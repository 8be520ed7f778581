"""Writer of ONNX files whose bytes depend on nothing but the network.

Version, operator set and producer are fixed here, and nodes and weights are numbered in the order
of their creation, so the checksum of a file is known in advance (see `manifest`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

INPUT = "rgb"
OUTPUT = "embedding"
ODDNESS = "oddness"
# The means and norms that oddness is linear in: no output, but the benches learn from them.
POOLED = "pooled"

# The oldest versions that have all operators used here, so that any current onnxruntime runs them.
_IR_VERSION = 8
_OPERATOR_SET = 13
_PRODUCER = "faceplatform"


class OnnxGraph:
    """A graph under construction."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._weights: list[onnx.TensorProto] = []
        self._readings = 0

    def add_node(self, kind: str, inputs: list[str], *, output: str = "", **attributes: Any) -> str:
        """Append a node. Return the name of its output."""
        output = output or f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def add_weight(self, values: NDArray[Any]) -> str:
        """Append a constant. Return its name."""
        name = f"weight_{len(self._weights)}"
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def add_pixels(self) -> str:
        """Convert the input, uint8 (n, side, side, 3), to float32 (n, 3, side, side)."""
        x = self.add_node("Cast", [INPUT], to=TensorProto.FLOAT)
        return self.add_node("Transpose", [x], perm=[0, 3, 1, 2])

    def add_oddness(
        self, maps: Sequence[str], weights: NDArray[np.float32], biases: NDArray[np.float32]
    ) -> None:
        """Add the second output: float32, (n, readings), linear in mean and norm of each channel.

        Args:
            maps: float tensors (n, channels, height, width).
            weights: (2 * all channels, readings): of the means of a map, its norms, those of the
                next map.
            biases: (readings,).
        """
        pooled = []
        for one in maps:
            means = self.add_node("GlobalAveragePool", [one])
            norms = self.add_node("ReduceL2", [one], axes=[2, 3])
            pooled += [self.add_node("Flatten", [x]) for x in (means, norms)]
        x = self.add_node("Concat", pooled, output=POOLED, axis=1)
        x = self.add_node("MatMul", [x, self.add_weight(weights)])
        self.add_node("Add", [x, self.add_weight(biases)], output=ODDNESS)
        self._readings = len(biases)

    def finish(self, name: str, x: str, *, side: int, dimension: int) -> bytes:
        """Return the file of a net that makes L2-normalised embeddings of square chips.

        Args:
            x: the embeddings before normalization, (n, dimension).
        """
        self.add_node("LpNormalization", [x], output=OUTPUT, axis=1, p=2)
        model = self._model(name, [None, side, side, 3], [None, dimension])
        return bytes(model.SerializeToString(deterministic=True))

    def _model(
        self, name: str, input_shape: Sequence[int | None], output_shape: Sequence[int | None]
    ) -> onnx.ModelProto:
        inputs = [helper.make_tensor_value_info(INPUT, TensorProto.UINT8, input_shape)]
        outputs = [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, output_shape)]
        if self._readings:
            shape = [None, self._readings]
            outputs.append(helper.make_tensor_value_info(ODDNESS, TensorProto.FLOAT, shape))
        graph = helper.make_graph(self._nodes, name, inputs, outputs, self._weights)
        return helper.make_model(
            graph,
            ir_version=_IR_VERSION,
            opset_imports=[helper.make_opsetid("", _OPERATOR_SET)],
            producer_name=_PRODUCER,
        )
