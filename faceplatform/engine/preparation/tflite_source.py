"""Reader of TFLite files, for the converters."""

from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from numpy.typing import NDArray

_KINDS = {code: name for name, code in vars(schema.BuiltinOperator).items() if name.isupper()}
_NUMBERS = {
    schema.TensorType.FLOAT32: np.float32,
    schema.TensorType.FLOAT16: np.float16,
    schema.TensorType.INT32: np.int32,
}


class TfliteSource:
    """A parsed TFLite file, whose weights may be stored in 16 bits.

    Attributes:
        graph: an object of the schema.
        operators: in order, without those that only convert weights to floats.
    """

    def __init__(self, data: bytes) -> None:
        self._model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data))
        (self.graph,) = self._model.subgraphs
        self.operators: list[Any] = []
        self._stored: dict[int, int] = {}
        for operator in self.graph.operators:
            if self.kind(operator) == "DEQUANTIZE":
                self._stored[operator.outputs[0]] = operator.inputs[0]
            else:
                self.operators.append(operator)

    def kind(self, operator: Any) -> str:
        code = self._model.operatorCodes[operator.opcodeIndex]
        return str(_KINDS[max(code.builtinCode, code.deprecatedBuiltinCode)])

    def shape(self, tensor: int) -> list[int]:
        return [int(side) for side in self.graph.tensors[tensor].shape]

    def name(self, tensor: int) -> str:
        return str(self.graph.tensors[tensor].name.decode())

    def constant(self, tensor: int) -> NDArray[Any]:
        """Return the values of a weight: float32 or int32."""
        stored = self.graph.tensors[self._stored.get(tensor, tensor)]
        data = bytes(self._model.buffers[stored.buffer].data)
        values = np.frombuffer(data, dtype=_NUMBERS[stored.type]).reshape(stored.shape)
        return values.astype(np.float32) if values.dtype == np.float16 else values
