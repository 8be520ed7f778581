"""Reader of dlib's face recognition network from its .dat file, with numpy alone.

dlib's own wheel runs this network without BLAS, more than ten times slower than necessary: only the
weights are used. The order of the fields follows the ``serialize`` functions of dlib/dnn/core.h
(nested layers), dlib/dnn/layers.h (parameters), dlib/dnn/input.h, dlib/cuda/tensor.h (tensors) and
dlib/serialize.h (numbers). The architecture is ``anet_type`` of
examples/dnn_face_recognition_ex.cpp. It cannot be derived from the file (tags and skips look alike,
shortcuts do not say where they start), so it is code here, and a file that differs from it is
refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faceplatform.errors import ModelCorrupted

Weights = NDArray[np.float32]

INPUT_SIDE = 150
DIMENSION = 128

# anet_type from the input on: filters, side and stride of the first convolution; side and stride of
# the max pooling; then the levels: filters, residual blocks, and True if the first block halves the
# tensor.
STEM_FILTERS, STEM_SIDE, STEM_STRIDE = 32, 7, 2
MAX_POOL_SIDE, MAX_POOL_STRIDE = 3, 2
LEVELS = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
# The averaging on the shortcut of a block that halves the tensor.
SHORTCUT_SIDE, SHORTCUT_STRIDE = 2, 2

# The version that each layer writes (dlib/dnn/core.h): add_tag_layer and add_skip_layer,
# add_layer, and the add_layer that holds the input.
_TAG, _LAYER, _INNERMOST = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class Convolution:
    """A ``con_`` layer and the ``affine_`` layer that always follows it.

    Attributes:
        filters: float32, (out, in, height, width).
        biases: float32, (out,).
        gamma, beta: float32, (out,): y = gamma * convolved + beta.
        padding: zeros on every side of the input, in pixels.
    """

    filters: Weights
    biases: Weights
    gamma: Weights
    beta: Weights
    stride: int
    padding: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A residual block: relu(second(relu(first(x))) + shortcut(x)).

    Attributes:
        halves: the first convolution has stride 2, and the shortcut is averaged 2x2. Otherwise
            the shortcut is x itself. The smaller of the two summands is padded with zeros: at
            the bottom, at the right, and behind its last channel (dlib/dnn/layers.h, add_prev_).
    """

    first: Convolution
    second: Convolution
    halves: bool


@dataclass(frozen=True, slots=True, eq=False)
class DlibNetwork:
    """The parameters of anet_type, from the input to the output.

    Attributes:
        mean: float64, (3,): R, G, B. The input is (pixel - mean) / 256.
        stem: followed by relu and max pooling.
        embedding: float32, (256, 128): the mean over the last tensor @ embedding, no bias.
    """

    mean: NDArray[np.float64]
    stem: Convolution
    blocks: tuple[Block, ...]
    embedding: Weights


def read(path: Path) -> DlibNetwork:
    """Read dlib_face_recognition_resnet_model_v1.dat.

    Raises:
        faceplatform.errors.ModelCorrupted: the file ends early, is too long, or does not hold
            this network.
        OSError: the file cannot be read.
    """
    reader = _Reader(path)
    _read_opening(reader)
    mean = _read_input(reader)
    stem = _read_convolution(
        reader, (STEM_FILTERS, 3, STEM_SIDE, STEM_SIDE), STEM_STRIDE, innermost=True
    )
    _read_plain(reader, "relu_")
    _read_pool(reader, "max_pool_2", MAX_POOL_SIDE, MAX_POOL_STRIDE)
    blocks = tuple(_read_blocks(reader))
    _read_pool(reader, "avg_pool_2", 0, 1)  # side 0: over everything
    embedding = _read_fully_connected(reader)
    reader.expect_end()
    return DlibNetwork(mean, stem, blocks, embedding)


class _Reader:
    """The bytes of one file, read from the front. Any deviation raises ModelCorrupted."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._data = path.read_bytes()
        self._at = 0

    def error(self, why: str) -> ModelCorrupted:
        return ModelCorrupted(f"{self._name}: {why} (before byte {self._at})")

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + max(count, 0)]
        if len(taken) != count:
            raise self.error("the file ends early")
        self._at += count
        return taken

    def read_integer(self) -> int:
        """Read a control byte (bit 7: negative, low 4 bits: length), then little-endian bytes."""
        control = self.take(1)[0]
        length = control & 0x0F
        if control & 0x70 or not 1 <= length <= 8:
            raise self.error("not an integer")
        magnitude = int.from_bytes(self.take(length), "little")
        return -magnitude if control & 0x80 else magnitude

    def read_real(self) -> float:
        """Read mantissa and exponent of two; the comment in dlib/serialize.h has them reversed."""
        mantissa, exponent = self.read_integer(), self.read_integer()
        if not -1000 <= exponent <= 900:
            raise self.error("not a finite number")
        return float(mantissa * 2.0**exponent)

    def read_text(self) -> str:
        return self.take(self.read_integer()).decode("ascii", "replace")

    def read_shape(self, *, version: int) -> tuple[int, ...]:
        """Read the shape of a tensor (version 2) or of an alias, a part of one (version 1)."""
        self.expect(version, "the version of a tensor")
        return tuple(self.read_integer() for _ in range(4))

    def read_tensor(self) -> Weights:
        """Read a shape, then little-endian float32. Return them flat, (n,)."""
        count = 1
        for extent in self.read_shape(version=2):
            count *= extent
        return np.frombuffer(self.take(4 * count), dtype="<f4").astype(np.float32)

    def expect(self, wanted: int, what: str) -> None:
        self._compare(self.read_integer(), wanted, what)

    def expect_text(self, wanted: str) -> None:
        self._compare(self.read_text()[:40], wanted, "a layer's name")

    def expect_alias(self, *wanted: int) -> None:
        self._compare(self.read_shape(version=1), wanted, "a parameter's shape")

    def expect_size(self, parameters: Weights, wanted: int) -> None:
        self._compare(len(parameters), wanted, "the number of parameters")

    def expect_end(self) -> None:
        self._compare(len(self._data) - self._at, 0, "the number of bytes after the network")

    def _compare(self, found: object, wanted: object, what: str) -> None:
        if found != wanted:
            raise self.error(f"{what} is {found!r}, not {wanted!r}")


def _read_opening(reader: _Reader) -> None:
    """Read the loss with its margin and distance threshold, and the version of every layer."""
    reader.expect(1, "the version of the loss layer")
    reader.expect_text("loss_metric_2")
    reader.read_real()
    reader.read_real()
    for version in _versions():
        reader.expect(version, "a layer's version")


def _versions() -> Iterator[int]:
    """Yield the versions of the layers, outermost first: output, blocks backwards, stem."""
    yield from (_LAYER, _LAYER)  # fc, avg_pool_everything
    halving = [halves and i == 0 for _, count, halves in LEVELS for i in range(count)]
    for halves in reversed(halving):
        yield from (_LAYER, _LAYER)  # relu, add_prev
        if halves:
            yield from (_LAYER, _TAG, _TAG)  # avg_pool, skip1, tag2
        yield from (_LAYER,) * 5  # affine, con, relu, affine, con
        yield _TAG  # tag1
    yield from (_LAYER, _LAYER, _LAYER, _INNERMOST)  # max_pool, relu, affine, con


def _read_input(reader: _Reader) -> NDArray[np.float64]:
    """Read ``input_rgb_image_sized``: the mean of each colour, and the size of the image."""
    reader.expect_text("input_rgb_image_sized")
    mean = np.array([reader.read_real() for _ in range(3)])
    reader.expect(INPUT_SIDE, "the input's height")
    reader.expect(INPUT_SIDE, "the input's width")
    return mean


def _read_blocks(reader: _Reader) -> Iterator[Block]:
    channels = STEM_FILTERS
    for filters, count, level_halves in LEVELS:
        for i in range(count):
            halves = level_halves and i == 0
            first = _read_convolution(reader, (filters, channels, 3, 3), 2 if halves else 1)
            _read_plain(reader, "relu_")
            second = _read_convolution(reader, (filters, filters, 3, 3), 1)
            if halves:
                _read_pool(reader, "avg_pool_2", SHORTCUT_SIDE, SHORTCUT_STRIDE)
            _read_plain(reader, "add_prev_")
            _read_plain(reader, "relu_")
            yield Block(first, second, halves)
            channels = filters


def _read_convolution(
    reader: _Reader, shape: tuple[int, int, int, int], stride: int, *, innermost: bool = False
) -> Convolution:
    """Read a ``con_4`` and the ``affine_`` after it. With a stride above 1 there is no padding."""
    filters, _, height, width = shape
    padding = height // 2 if stride == 1 else 0
    reader.expect_text("con_4")
    parameters = reader.read_tensor()
    for wanted in (filters, height, width, stride, stride, padding, padding):
        reader.expect(wanted, "a convolution's geometry")
    reader.expect_alias(*shape)
    reader.expect_alias(1, filters, 1, 1)
    _skip_learning_rates(reader)
    _skip_ending(reader)
    if innermost:
        reader.expect(1, "the sample expansion factor")
    split = int(np.prod(shape))
    reader.expect_size(parameters, split + filters)
    gamma, beta = _read_affine(reader, filters)
    return Convolution(
        parameters[:split].reshape(shape), parameters[split:], gamma, beta, stride, padding
    )


def _read_affine(reader: _Reader, channels: int) -> tuple[Weights, Weights]:
    reader.expect_text("affine_")
    parameters = reader.read_tensor()
    reader.expect_alias(1, channels, 1, 1)
    reader.expect_alias(1, channels, 1, 1)
    reader.expect(0, "the affine layer's mode")  # CONV_MODE: one factor for each channel
    reader.expect_size(parameters, 2 * channels)
    _skip_ending(reader)
    return parameters[:channels], parameters[channels:]


def _read_fully_connected(reader: _Reader) -> Weights:
    inputs = LEVELS[-1][0]
    reader.expect_text("fc_2")
    reader.expect(DIMENSION, "the number of outputs")
    reader.expect(inputs, "the number of inputs")
    parameters = reader.read_tensor()
    reader.expect_alias(inputs, DIMENSION, 1, 1)
    reader.expect_alias(0, 0, 0, 0)
    reader.expect(1, "the bias mode")  # FC_NO_BIAS
    reader.expect_size(parameters, inputs * DIMENSION)
    _skip_learning_rates(reader)
    _skip_ending(reader)
    return parameters.reshape(inputs, DIMENSION)


def _read_pool(reader: _Reader, name: str, side: int, stride: int) -> None:
    reader.expect_text(name)
    for wanted in (side, side, stride, stride, 0, 0):
        reader.expect(wanted, "a pooling's geometry")
    _skip_ending(reader)


def _read_plain(reader: _Reader, name: str) -> None:
    """Read a layer that stores only its name."""
    reader.expect_text(name)
    _skip_ending(reader)


def _skip_learning_rates(reader: _Reader) -> None:
    """Skip the multipliers of learning rate and weight decay, for weights and biases."""
    for _ in range(4):
        reader.read_real()


def _skip_ending(reader: _Reader) -> None:
    """Skip what add_layer writes for training: three truth values and three tensors.

    The tensors are present even if they are empty, as in this file.
    """
    if not set(reader.take(3)) <= set(b"01"):
        raise reader.error("not a truth value")
    for _ in range(3):
        reader.read_tensor()
