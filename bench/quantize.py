"""Measurement of the activation ranges of dlib's network on public photographs.

python -m bench.quantize

Writes faceplatform/engine/preparation/dlib/int8_ranges.py: the range of each layer of the float
network on the portraits of `tests.photographs`, each unchanged and in 23 variants as of another
camera (shifted, lighter or darker, tinted, blurred, noisy), all with their mirror images. None of
these people is among those of the accuracy figures. After a change run `manage.py evaluate` again,
see docs/accuracy.md.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Range = tuple[float, float]

PORTRAITS = (
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
    "biden.jpg",
    "astronaut.png",
    "32bit.png",
)
_VARIANTS = 24
_SEED = 0

# Six portraits do not reach the extremes of everybody. Wider ranges are coarser; on 1,583 LFW
# photographs false non-matches at a false match rate of 1e-3 / 1e-4 were 6.6 / 17.7 % with the
# ranges as measured, 6.6 / 18.7 % with this margin, 6.9 / 19.3 % with 1.25, 7.2 / 20.7 % with 1.5;
# with floats 7.0 / 20.6 %. Values of odd faces above the range are clipped, which does no harm.
_MARGIN = 1.1

_HEADER = '''\
"""The ranges of the activations of dlib's network; made by `python -m bench.quantize`."""

from typing import NamedTuple


class BlockRanges(NamedTuple):
    """The ranges of a residual block.

    Attributes:
        inner: maximum after the first convolution and its ReLU.
        branch_low, branch_high: minimum and maximum after the second convolution.
        output: maximum after the sum and its ReLU.
    """

    inner: float
    branch_low: float
    branch_high: float
    output: float


'''


def main() -> None:
    from faceplatform.engine.preparation.dlib import int8 as dlib_int8_onnx

    target = Path(dlib_int8_onnx.__file__).with_name("int8_ranges.py")
    (_, stem), *rest = _measure_ranges(_chips())
    lines = [f"STEM = {stem:.4g}", "BLOCKS = ("]
    for (_, inner), (low, high), (_, output) in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        lines.append(f"    BlockRanges({inner:.4g}, {low:.4g}, {high:.4g}, {output:.4g}),")
    target.write_text(_HEADER + "\n".join([*lines, ")"]) + "\n")
    print(f"wrote {target}; now update the checksum of `dlib` in the manifest")


def _chips() -> Pixels:
    """Return the chips, (n, 150, 150, 3)."""
    from faceplatform.engine.catalogue import layouts
    from faceplatform.engine.decoding.decode import decode
    from faceplatform.engine.stages.alignment import align
    from faceplatform.engine.stages.detection import BlazeFacePair
    from faceplatform.engine.stages.faces import relevant_faces
    from faceplatform.engine.stages.landmarks import FaceMesh, eye_distance, five_points
    from tests.photographs import photo

    generator = np.random.default_rng(_SEED)
    detector, face_mesh = BlazeFacePair(), FaceMesh()
    chips: list[Pixels] = []
    for name in PORTRAITS:
        pixels = decode(photo(name).read_bytes()).pixels
        (face, *_) = relevant_faces(pixels, detector.detect(pixels), face_mesh)
        points, shift = five_points(face.mesh), 0.03 * eye_distance(face.mesh)
        chips.append(align(pixels, points, layouts.DLIB))
        for place in range(1, _VARIANTS):
            moved = points + generator.normal(0, shift, points.shape)
            chips.append(vary(align(pixels, moved, layouts.DLIB), place, generator))
    return np.concatenate([chips, np.stack(chips)[:, :, ::-1]])


def vary(chip: Pixels, place: int, generator: np.random.Generator) -> Pixels:
    """Change light and tint; blur every third chip, add noise to every fourth."""
    mean = chip.mean()
    result = (chip - mean) * generator.uniform(0.6, 1.5) + mean * generator.uniform(0.5, 1.5)
    result = result * generator.uniform(0.85, 1.15, 3)
    if place % 3 == 0:
        result = cv2.GaussianBlur(result, (0, 0), generator.uniform(0.5, 2))
    if place % 4 == 0:
        result = result + generator.normal(0, generator.uniform(2, 10), result.shape)
    return np.asarray(np.clip(result, 0, 255), dtype=np.uint8)


def _measure_ranges(chips: Pixels) -> list[Range]:
    """Return the ranges with the margin: stem, then inner, branch and output of each block."""
    import onnx
    import onnxruntime

    from faceplatform.engine.catalogue import weights
    from faceplatform.engine.preparation.dlib import floats as dlib_onnx
    from faceplatform.engine.preparation.dlib import network as dlib_network
    from faceplatform.engine.preparation.onnx_writer import INPUT

    network = dlib_network.read(weights.locate("dlib_source"))
    model = onnx.load_from_string(dlib_onnx.convert(network))
    relus = [node.output[0] for node in model.graph.node if node.op_type == "Relu"]
    branches = [node.input[0] for node in model.graph.node if node.op_type == "Add"]
    names = relus[:1]
    for place, branch in enumerate(branches):
        names += [relus[1 + 2 * place], branch, relus[2 + 2 * place]]
    for name in names:
        value = onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
        model.graph.output.append(value)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    least, most = np.zeros(len(names)), np.zeros(len(names))
    for chip in chips:
        tensors = session.run(names, {INPUT: np.ascontiguousarray(chip[None])})
        least = np.minimum(least, [tensor.min() for tensor in tensors])
        most = np.maximum(most, [tensor.max() for tensor in tensors])
    return [
        (float(low) * _MARGIN, float(high) * _MARGIN) for low, high in zip(least, most, strict=True)
    ]


if __name__ == "__main__":
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    main()
