"""MiniFASNet on LiteRT: every way to write a PReLU converts; different scores are refused."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from faceplatform.engine.preparation import minifasnet as minifasnet_tflite
from faceplatform.errors import ModelCorrupted

pytestmark = pytest.mark.real_engine

CHANNELS = 5


def node(kind, inputs, output, **attributes):
    return helper.make_node(kind, inputs, [output], **attributes)


def convolution(inputs, output, *, stride=1, pad=0, group=1):
    return node("Conv", inputs, output, group=group, strides=[stride] * 2, pads=[pad] * 4)


AS_ITSELF = [node("PRelu", ["x", "slopes"], "y")]
AS_SUM = [
    node("Relu", ["x"], "above"),
    node("Neg", ["x"], "negated"),
    node("Relu", ["negated"], "below"),
    node("Mul", ["below", "negative_slopes"], "scaled"),
    node("Add", ["above", "scaled"], "y"),
]
AS_MAXIMUM = [node("Mul", ["x", "slopes"], "scaled"), node("Max", ["x", "scaled"], "y")]


@pytest.fixture
def write(tmp_path):
    """Return a net with all operators of MiniFASNet, and these nodes for its PReLU."""

    def save(prelu, *, last_side=20):
        random = np.random.default_rng(0)

        def numbers(*shape):
            return random.normal(0, 0.3, shape).astype(np.float32)

        slopes = random.uniform(-0.2, 0.9, (CHANNELS, 1, 1)).astype(np.float32)
        constants = {
            "first": numbers(CHANNELS, 3, 3, 3) / 255,
            "first_biases": numbers(CHANNELS),
            "each": numbers(CHANNELS, 1, 3, 3),
            "each_biases": numbers(CHANNELS),
            "slopes": slopes,
            "negative_slopes": -slopes,
            "gate": numbers(CHANNELS, CHANNELS, 1, 1),
            "gate_biases": numbers(CHANNELS),
            "last": numbers(CHANNELS, 1, last_side, last_side) / 20,
            "last_biases": numbers(CHANNELS),
            "matrix": numbers(CHANNELS * (21 - last_side) ** 2, 3),
            "gamma": numbers(3),
            "beta": numbers(3),
            "mean": numbers(3),
            "variance": np.abs(numbers(3)) + 1,
        }
        nodes = [
            node("Transpose", ["bgr"], "turned", perm=[0, 3, 1, 2]),
            convolution(["turned", "first", "first_biases"], "halved", stride=2, pad=1),
            convolution(["halved", "each", "each_biases"], "x", stride=2, pad=1, group=CHANNELS),
            *prelu,
            node("GlobalAveragePool", ["y"], "means"),
            convolution(["means", "gate", "gate_biases"], "gates"),
            node("Sigmoid", ["gates"], "open"),
            node("Mul", ["y", "open"], "gated"),
            node("Add", ["y", "gated"], "summed"),
            convolution(["summed", "last", "last_biases"], "pixel", group=CHANNELS),
            node("Flatten", ["pixel"], "flat"),
            node("MatMul", ["flat", "matrix"], "sums"),
            node(
                "BatchNormalization",
                ["sums", "gamma", "beta", "mean", "variance"],
                "n",
                epsilon=1e-5,
            ),
            node("Softmax", ["n"], "scores", axis=1),
        ]
        graph = helper.make_graph(
            nodes,
            "small",
            [helper.make_tensor_value_info("bgr", TensorProto.FLOAT, [1, 80, 80, 3])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, [1, 3])],
            [numpy_helper.from_array(values, name) for name, values in constants.items()],
        )
        model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)])
        path = tmp_path / "net.onnx"
        onnx.save(model, path)
        return path

    return save


@pytest.mark.parametrize("prelu", [AS_ITSELF, AS_SUM, AS_MAXIMUM], ids=["itself", "sum", "max"])
def test_every_way_to_write_a_prelu_gives_one_file(write, prelu):
    """`convert` compares the scores with onnxruntime's itself."""
    converted = minifasnet_tflite.convert(write(prelu))
    assert converted == minifasnet_tflite.convert(write(AS_ITSELF))


def test_slopes_above_one_are_no_maximum(write):
    path = write(AS_MAXIMUM)
    model = onnx.load(path)
    for constant in model.graph.initializer:
        if constant.name == "slopes":
            values = numpy_helper.to_array(constant) + 1
            constant.CopyFrom(numpy_helper.from_array(values, "slopes"))
    onnx.save(model, path)
    with pytest.raises(ModelCorrupted, match="no PReLU"):
        minifasnet_tflite.convert(path)


def test_what_would_give_other_scores_is_refused(write):
    """Four pixels are flattened in another order."""
    with pytest.raises(ModelCorrupted):
        minifasnet_tflite.convert(write(AS_ITSELF, last_side=19))


def test_an_unknown_operator_is_refused(write):
    with pytest.raises(ModelCorrupted, match="Tanh"):
        minifasnet_tflite.convert(write([node("Tanh", ["x"], "y")]))
