"""The ranges of the activations of BlazeFace's "back" net, from photographs that anybody can
download.

python -m bench.quantize_blazeface

Writes faceplatform/engine/preparation/blazeface/int8_ranges.py from the portraits of
`bench.quantize`, each set into frames at sizes from a fifth of a frame's width to twice it and
more, in other places, light, tints, blur and noise. Nobody in them is among the people that
detection is measured on.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from bench.quantize import PORTRAITS, varied

Pixels = NDArray[np.uint8]
Range = tuple[float, float]

_FRAME = (256, 192)
_FRAMES = 16  # of each portrait
_WIDTHS = (0.2, 2.5)  # of a portrait, in widths of the frame
_SEED = 0
_KEPT = 7  # of so many pixels one is looked at

# Few numbers reach far out, and a range that holds them all is coarse for all others: of these
# shares of it the one with the least squared error is taken. What lies outside is cut.
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

    data = weights.locate("blazeface_back").read_bytes()
    source = blazeface_int8_tflite.Source(data)
    operators = iter(source.operators)
    _, stem = next(operators), next(operators)
    tensors = [stem.outputs[0]]
    for block in blazeface_int8_tflite.take_blocks(source, operators):
        parts = (block.depthwise, block.pointwise, block.relu)
        tensors += [part.outputs[0] for part in parts]
    (_, first), *rest = (_range(values) for values in _reached(data, tensors))
    lines = [f"STEM = {first:.4g}", "BLOCKS = ("]
    for inner, branch, (_, output) in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        lines.append(f"    BlockRanges({_pair(inner)}, {_pair(branch)}, {output:.4g}),")
    target = Path(blazeface_int8_tflite.__file__).with_name("int8_ranges.py")
    target.write_text(_HEADER + "\n".join([*lines, ")"]) + "\n")
    print(f"wrote {target}; now the checksum of `blazeface_far` in the manifest is another")


def _reached(data: bytes, tensors: list[int]) -> list[NDArray[np.float32]]:
    """What these tensors of the float net hold over all frames."""
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
            frames.append(varied(_framed(pixels, generator), place, generator))
    return frames


def _framed(pixels: Pixels, generator: np.random.Generator) -> Pixels:
    """A portrait somewhere in a frame; what is left of the frame mirrors it, or is black."""
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
