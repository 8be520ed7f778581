"""Measurement of the activation ranges of BlazeFace's "back" net on public photographs.

python -m bench.quantize_blazeface

Writes faceplatform/engine/preparation/blazeface/int8_ranges.py from the portraits of
`bench.quantize`, each placed into frames at 0.2 to 2.5 times the width of the frame, with varying
position, light, tint, blur and noise. None of these people is among those of the detection figures.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from bench.quantize import PORTRAITS, vary

Pixels = NDArray[np.uint8]
Range = tuple[float, float]

_FRAME = (256, 192)
_FRAMES = 16  # per portrait
_WIDTHS = (0.2, 2.5)  # of the portrait, relative to the frame
_SEED = 0
_KEPT = 7  # one pixel of this many is used

# A few values are extreme, and a range that holds them all is coarse for all others: the share of
# it with the least squared error is used. Values outside are clipped.
_SHARES = np.linspace(0.3, 1, 15)

_HEADER = '''\
"""The ranges of the activations of BlazeFace's "back" net; made by
`python -m bench.quantize_blazeface`.
"""

from typing import NamedTuple


class BlockRanges(NamedTuple):
    """The ranges of a residual block.

    Attributes:
        depthwise, pointwise: minimum and maximum after each convolution.
        output: maximum after the sum and its ReLU.
    """

    depthwise: tuple[float, float]
    pointwise: tuple[float, float]
    output: float


'''


def main() -> None:
    from faceplatform.engine.catalogue import weights
    from faceplatform.engine.preparation.blazeface import int8 as blazeface_int8_tflite
    from faceplatform.engine.preparation.tflite_source import TfliteSource

    data = weights.locate("blazeface_back").read_bytes()
    source = TfliteSource(data)
    operators = iter(source.operators)
    _, stem = next(operators), next(operators)
    tensors = [stem.outputs[0]]
    for block in blazeface_int8_tflite.take_blocks(source, operators):
        parts = (block.depthwise, block.pointwise, block.relu)
        tensors += [part.outputs[0] for part in parts]
    (_, first), *rest = (_range(values) for values in _collect(data, tensors))
    lines = [f"STEM = {first:.4g}", "BLOCKS = ("]
    for inner, branch, (_, output) in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        lines.append(f"    BlockRanges({_pair(inner)}, {_pair(branch)}, {output:.4g}),")
    target = Path(blazeface_int8_tflite.__file__).with_name("int8_ranges.py")
    target.write_text(_HEADER + "\n".join([*lines, ")"]) + "\n")
    print(f"wrote {target}; now update the checksum of `blazeface_far` in the manifest")


def _collect(data: bytes, tensors: list[int]) -> list[NDArray[np.float32]]:
    """Return the values of these tensors of the float net over all frames."""
    net = Interpreter(
        model_content=data,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    entrance = net.get_input_details()[0]["index"]
    width, height = _FRAME
    net.resize_tensor_input(entrance, [1, height, width, 3])
    net.allocate_tensors()
    held: list[list[NDArray[np.float32]]] = [[] for _ in tensors]
    for frame in _frames():
        net.set_tensor(entrance, frame[None] * np.float32(2 / 255) - 1)
        net.invoke()
        for values, tensor in zip(held, tensors, strict=True):
            pixels = net.get_tensor(tensor).reshape(-1, net.get_tensor(tensor).shape[-1])
            extremes = np.stack([pixels.min(axis=0), pixels.max(axis=0)])
            values.append(np.concatenate([pixels[::_KEPT], extremes]))
    return [np.concatenate(values) for values in held]


def _frames() -> list[Pixels]:
    from faceplatform.engine.decoding.decode import decode
    from tests.photographs import photo

    generator = np.random.default_rng(_SEED)
    frames = []
    for name in PORTRAITS:
        pixels = decode(photo(name).read_bytes()).pixels
        for place in range(_FRAMES):
            frames.append(vary(_place(pixels, generator), place, generator))
    return frames


def _place(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """Place a portrait in a frame at random; the rest of the frame mirrors it, or is black."""
    height, width = pixels.shape[:2]
    low, high = np.log(_WIDTHS)
    scale = np.exp(generator.uniform(low, high)) * _FRAME[0] / width
    shift = generator.uniform(size=2) * (np.array(_FRAME) - scale * np.array([width, height]))
    if scale < 1:  # the warp would skip pixels
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), 0.4 / scale), dtype=np.uint8)
    matrix = np.array([(scale, 0, shift[0]), (0, scale, shift[1])])
    edge = cv2.BORDER_REFLECT if generator.uniform() < 0.5 else cv2.BORDER_CONSTANT
    return np.asarray(cv2.warpAffine(pixels, matrix, _FRAME, borderMode=edge), dtype=np.uint8)


def _range(values: NDArray[np.float32]) -> Range:
    low, high = min(0.0, float(values.min())), float(values.max())
    _, share = min((_error(values, low * share, high * share), share) for share in _SHARES)
    return low * share, high * share


def _error(values: NDArray[np.float32], low: float, high: float) -> Any:
    step = (high - low) / 255
    rounded = np.clip(np.round(values / step), round(low / step), round(low / step) + 255) * step
    return np.square(rounded - values).mean()


def _pair(limits: Range) -> str:
    return f"({limits[0]:.4g}, {limits[1]:.4g})"


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    main()
