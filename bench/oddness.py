"""The weights of oddness (`engine.preparation.dlib.oddness`), learned and tested on other people.

python -m bench.oddness --images DIR [--chips FILE]

DIR holds a folder of photographs per person (LFW). Those that the default policy accepts are shown
as they are and as other cameras save them; and changed into the kinds of `non_face_kinds` and
`oddness_kinds` that it accepts without this check. `--chips` keeps their chips for the next run.
The weights are learned by logistic regression, every kind with the same weight. The table applies
the weights of half of the people to the other half, also with a family of kinds left out of
learning. Then the weights of all are written.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import django
import numpy as np
from numpy.typing import NDArray

from bench.non_face_kinds import CHANGES, DRAWINGS, Pixels
from bench.oddness_kinds import COVERS, PHOTOGRAPHS

Matrix = NDArray[np.float32]
Flags = NDArray[np.bool_]

_AS_IT_IS = "photograph"
_SHADED = "drawn from shapes, shaded"
# Kinds that the gate lets through otherwise, by family.
_FAMILIES = {
    "eyes covered": (
        "striped bar over the eyes",
        "mottled board down to below the eyes",
        *(name for name in COVERS if name.startswith(("eyes", "down to below", "half"))),
    ),
    "mouth covered": (
        "mask with pleats",
        "hand before the mouth",
        *(name for name in COVERS if name.startswith(("below the nose", "mask", "hand"))),
    ),
    "painted": (
        "painting",
        "watercolour",
        "cartoon",
        "four tones of each colour",
        "eight tones of each colour",
    ),
    "pencil": ("pencil drawing",),
    "drawn": (_SHADED,),
}
_NON_FACES = tuple(name for names in _FAMILIES.values() for name in names)
# Frames of each kind: of `non_face_kinds`, of COVERS, of PHOTOGRAPHS.
_KINDS, _COVERS, _PHOTOGRAPHS = 140, 24, 80
_SEED = 1
# Stopped early: further steps fit the odd photographs among those learned from, and are less sure
# of others' faces.
_STEPS, _RATE = 300, 0.03
_BATCH = 4

_HEADER = '''\
"""The weights of oddness; made by `python -m bench.oddness`."""

'''


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    given = _arguments()
    kinds, people, chips = _chips(given)
    print(f"{hardware.describe()}\n")
    features = _features(chips)
    _report(features, kinds, people)
    _write(*_learned(features, kinds, np.ones(len(kinds), dtype=bool), _NON_FACES))


def _chips(given: Namespace) -> tuple[NDArray[np.str_], NDArray[np.str_], Pixels]:
    """Return the kind, the person and the chip of every accepted frame."""
    if given.chips is not None and given.chips.exists():
        with np.load(given.chips) as kept:
            return kept["kinds"], kept["people"], kept["chips"]
    accepted = list(_accepted(given.images))
    kinds, people = (np.array([each[place] for each in accepted]) for place in (0, 1))
    chips = np.stack([chip for _, _, chip in accepted])
    if given.chips is not None:
        np.savez(given.chips, kinds=kinds, people=people, chips=chips)
    return kinds, people, chips


def _accepted(folder: Path) -> Iterator[tuple[str, str, Pixels]]:
    from bench import gate
    from faceplatform.engine.catalogue import layouts
    from faceplatform.engine.stages import alignment, measuring
    from faceplatform.engine.stages.appearance import in_view
    from faceplatform.engine.stages.face_chip import FaceChip
    from faceplatform.engine.stages.landmarks import Mesh, five_points

    meshes: list[Mesh] = []

    def note(chip: FaceChip) -> bool:
        meshes.append(chip.mesh)
        return in_view(chip)

    door = gate.Gate()
    with mock.patch.multiple(measuring, in_view=note, MOST_ODDNESS=np.inf):
        for kind, person, pixels in _shown(folder):
            if door.judge(pixels)[1] is None:
                points = five_points(meshes[-1])
                yield kind, person, alignment.align(pixels, points, layouts.DLIB)


def _shown(folder: Path) -> Iterator[tuple[str, str, Pixels]]:
    """Yield all frames: kind, person and pixels."""
    from bench import gate

    for source, pixels in gate.photographs(folder, 0, 0):
        yield _AS_IT_IS, source.person, pixels
    changed = {name: CHANGES[name] for name in _NON_FACES if name in CHANGES}
    for changes, count in ((changed, _KINDS), (PHOTOGRAPHS, _PHOTOGRAPHS), (COVERS, _COVERS)):
        photographs = list(gate.photographs(folder, count, 1))
        for name, change in changes.items():
            generator = np.random.default_rng(_SEED)
            for source, pixels in photographs:
                yield name, source.person, change(pixels.copy(), generator)
    drawn = DRAWINGS[_SHADED](np.random.default_rng(_SEED))
    for number in range(_KINDS):
        yield _SHADED, f"nobody {number}", next(drawn)


def _features(chips: Pixels) -> Matrix:
    """Return the means and norms that oddness is linear in, of chips and their mirror images."""
    import onnx
    import onnxruntime

    from faceplatform.engine.catalogue import weights
    from faceplatform.engine.preparation.dlib import int8, network

    model = onnx.load_from_string(int8.convert(network.read(weights.locate("dlib_source"))))
    (pooled,) = (node.output[0] for node in model.graph.node if node.op_type == "Concat")
    value = onnx.helper.make_tensor_value_info(pooled, onnx.TensorProto.FLOAT, None)
    model.graph.output.append(value)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    parts = []
    for start in range(0, len(chips), _BATCH):
        some = chips[start : start + _BATCH]
        both = np.concatenate([some, some[:, :, ::-1]])
        (rows,) = session.run([pooled], {session.get_inputs()[0].name: both})
        parts.append((rows[: len(some)] + rows[len(some) :]) / 2)
    return np.concatenate(parts)


def _learned(
    features: Matrix, kinds: NDArray[np.str_], own: Flags, non_faces: tuple[str, ...]
) -> tuple[NDArray[np.float64], float]:
    """Return weights and bias of oddness, learned from some of the rows.

    Over the photographs among them oddness has mean 0 and standard deviation 1.
    """
    photographs = own & ~np.isin(kinds, _NON_FACES)
    odd = own & np.isin(kinds, non_faces)
    x, truth = features[photographs | odd], odd[photographs | odd]
    middle, spread = features[photographs].mean(axis=0), features[photographs].std(axis=0) + 1e-6
    z = np.column_stack([(x - middle) / spread, np.ones(len(x))]).astype(np.float32)
    slopes = _regressed(z, truth, _shares(kinds[photographs | odd], truth))[:-1] / spread
    oddness = features[photographs] @ slopes
    scale = float(oddness.std())
    return slopes / scale, -float(oddness.mean()) / scale


def _shares(kinds: NDArray[np.str_], truth: Flags) -> Matrix:
    """Return the weight of each row: all photographs together have 1, and all non-faces, of which
    each kind has the same. A cover counts as its outline."""
    kinds = np.array([kind.split(":")[0] for kind in kinds])
    shares = np.zeros(len(kinds), dtype=np.float32)
    shares[~truth] = 1 / (~truth).sum()
    odd = np.unique(kinds[truth])
    for kind in odd:
        rows = truth & (kinds == kind)
        shares[rows] = 1 / (len(odd) * rows.sum())
    return shares


def _regressed(z: Matrix, truth: Flags, shares: Matrix) -> NDArray[np.float64]:
    """Return the slopes of a logistic regression after `_STEPS` steps of Adam (Kingma, Ba 2014)."""
    slopes, mean, square = (np.zeros(z.shape[1]) for _ in range(3))
    for step in range(1, _STEPS + 1):
        guess = 1 / (1 + np.exp(-np.clip(z @ slopes.astype(np.float32), -40, 40)))
        gradient = (shares * (guess - truth)).astype(np.float32) @ z
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient.astype(np.float64) ** 2
        ahead = mean / (1 - 0.9**step)
        slopes -= _RATE * ahead / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return slopes


def _report(features: Matrix, kinds: NDArray[np.str_], people: NDArray[np.str_]) -> None:
    """Print what weights learned from one half of the people do to the other half."""
    from faceplatform.engine.stages.appearance import MOST_ODDNESS

    number = {person: place for place, person in enumerate(np.unique(people))}
    half = np.array([number[person] % 2 for person in people])
    families = {name: family for family, names in _FAMILIES.items() for name in names}
    oddness, alone = (np.zeros(len(kinds)) for _ in range(2))
    for own in (half == 0, half == 1):
        slopes, bias = _learned(features, kinds, own, _NON_FACES)
        oddness[~own] = features[~own] @ slopes + bias
        for names in _FAMILIES.values():
            rest = tuple(name for name in _NON_FACES if name not in names)
            rows = ~own & np.isin(kinds, names)
            slopes, bias = _learned(features, kinds, own, rest)
            alone[rows] = features[rows] @ slopes + bias
    print("kind | frames | refused | with its family left out | median | highest")
    groups = np.array([kind.split(":")[0] for kind in kinds])
    for name in dict.fromkeys(groups.tolist()):
        rows = groups == name
        refused = int((oddness[rows] > MOST_ODDNESS).sum())
        without = int((alone[rows] > MOST_ODDNESS).sum()) if kinds[rows][0] in families else ""
        middle, highest = np.median(oddness[rows]), oddness[rows].max()
        print(f"{name} | {rows.sum()} | {refused} | {without} | {middle:.1f} | {highest:.1f}")


def _write(slopes: NDArray[np.float64], bias: float) -> None:
    from faceplatform.engine.preparation.dlib import oddness

    target = Path(oddness.__file__).with_name("oddness_weights.py")
    lines = [f"BIAS = {bias:.5g}", "WEIGHTS = ("]
    for start in range(0, len(slopes), 8):
        lines.append("    " + " ".join(f"{value:.5g}," for value in slopes[start : start + 8]))
    target.write_text(_HEADER + "\n".join([*lines, ")"]) + "\n")
    print(f"wrote {target.name}; now update the checksums of `dlib` and `dlib-fp32`")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.oddness")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--chips", type=Path, metavar="FILE", help="a .npz file")
    return parser.parse_args()


if __name__ == "__main__":
    main()
