"""The weights of oddness (`preparation.dlib`, `preparation.mobilefacenet`), learned and tested.

python -m bench.oddness --images DIR --model dlib|mobilefacenet [--chips FILE] [--weights DIR]

DIR holds a folder of photographs per person (LFW). Those that the default policy accepts are shown
as they are and as other cameras save them; and changed into the kinds of `oddness_frames` that it
accepts without this check. `--chips` keeps their chips for the next run, of either model.
`--weights` is the folder of the model's published weights, where no package has them.
The weights are learned by logistic regression. The table applies the weights of half of the people
to the other half, also with a family of kinds left out of learning, and tells how often the faces
of different people match, of all frames and of those that pass. Then the weights of all are
written, scaled so that the limit is 1.
"""

import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import django
import numpy as np
from numpy.typing import NDArray

from bench.non_face_kinds import Pixels
from bench.oddness_frames import FAMILIES, NON_FACES, Frames, frames

Matrix = NDArray[np.float32]
Flags = NDArray[np.bool_]

# Stopped early, and with a little ridge: further steps and larger slopes fit the odd photographs
# among those learned from, and are less sure of others' faces.
_STEPS, _RATE, _RIDGE = 300, 0.03, 3e-3
_BATCH = 4
# A family's share of the weight of non-faces. Those that are most common, and hardest to tell from
# photographs, have the larger ones.
_WEIGHTS = {
    "eyes covered": 1.0,
    "mouth covered": 1.0,
    "painted": 1.0,
    "pencil": 0.2,
    "drawn": 0.4,
    "statues": 0.4,
}
# Oddness is the higher of two readings: one finds covers, the other pictures and statues. A single
# one finds fewer of both.
_READINGS = tuple(
    tuple(name for family in families for name in FAMILIES[family])
    for families in (
        ("eyes covered", "mouth covered"),
        ("painted", "pencil", "drawn", "statues"),
    )
)
# The limit is above the highest photograph that the weights were not learned from, by this factor.
_MARGIN = 16 / 15

_HEADER = '''\
"""The weights of oddness; made by `python -m bench.oddness --model {model}`."""

'''


@dataclass(frozen=True, slots=True)
class _Net:
    """A net that oddness is read from.

    Attributes:
        layout: the name of the layout of its chips.
        mirrored: True if outputs are averaged with those for the chip's mirror image.
        convert: from the folder of published weights to its ONNX file.
        folder: of its weights of oddness, in `engine/preparation`.
    """

    layout: str
    mirrored: bool
    convert: Callable[[Path | None], bytes]
    folder: str


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """The outputs of a net for n chips.

    Attributes:
        features: means and norms that oddness is linear in, (views, n, features). The first view
            is the recognizer's. A net that sees no mirror images has those as a second one: to
            learn from them halves the number of photographs that are far from all others.
        embeddings: (n, dimension), as the recognizer makes them.
    """

    features: Matrix
    embeddings: Matrix


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    given = _arguments()
    net, shown = _NETS[given.model], frames(given.images, given.chips)
    print(f"{hardware.describe()}\nModel: {given.model}\n")
    seen = _seen(net, given.weights, shown.chips[net.layout])
    everybody = np.ones(len(shown.kinds), dtype=bool)
    learned = [_learned(seen.features, shown.kinds, everybody, names) for names in _READINGS]
    oddness, alone, limits = _judged(seen.features, shown.kinds, shown.people)
    _write(given.model, net, learned, limits)
    _report(given.model, seen, shown, oddness, alone)


def _dlib(_folder: Path | None) -> bytes:
    from faceplatform.engine.catalogue import weights
    from faceplatform.engine.preparation.dlib import int8, network

    return int8.convert(network.read(weights.locate("dlib_source")))


def _mobilefacenet(folder: Path | None) -> bytes:
    from faceplatform.engine.catalogue.manifest import MANIFEST
    from faceplatform.engine.preparation.mobilefacenet import floats, from_tflite

    if folder is None:
        raise SystemExit("--weights is needed: no Python package has these weights")
    return floats.convert(from_tflite.read(folder / MANIFEST["mobilefacenet_source"].file))


_NETS = {
    "dlib": _Net("mesh5-150", mirrored=True, convert=_dlib, folder="dlib"),
    "mobilefacenet": _Net(
        "mesh5-112", mirrored=False, convert=_mobilefacenet, folder="mobilefacenet"
    ),
}


def _seen(net: _Net, folder: Path | None, chips: Pixels) -> _Seen:
    import onnx
    import onnxruntime

    from faceplatform.engine.preparation.onnx_writer import INPUT, OUTPUT, POOLED
    from faceplatform.engine.stages.recognition import normalised

    model = onnx.load_from_string(net.convert(folder))
    value = onnx.helper.make_tensor_value_info(POOLED, onnx.TensorProto.FLOAT, None)
    model.graph.output.append(value)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    embeddings, features = [], []
    for start in range(0, len(chips), _BATCH):
        some = chips[start : start + _BATCH]
        shown = {INPUT: np.concatenate([some, some[:, :, ::-1]])}
        both, pooled = session.run([OUTPUT, POOLED], shown)
        embeddings.append(both[: len(some)] + net.mirrored * both[len(some) :])
        views = pooled.reshape(2, len(some), -1)
        features.append(views.mean(axis=0, keepdims=True) if net.mirrored else views)
    return _Seen(np.concatenate(features, axis=1), normalised(np.concatenate(embeddings)))


def _learned(
    features: Matrix,
    kinds: NDArray[np.str_],
    own: Flags,
    non_faces: tuple[str, ...],
) -> tuple[NDArray[np.float64], float]:
    """Return weights and bias of oddness, learned from some of the chips.

    Over the photographs among them oddness has mean 0 and standard deviation 1.
    """
    photographs = own & ~np.isin(kinds, NON_FACES)
    odd = own & np.isin(kinds, non_faces)
    chosen = photographs | odd
    views = len(features)
    x, truth = np.concatenate(features[:, chosen]), np.tile(odd[chosen], views)
    middle, spread = x[~truth].mean(axis=0), x[~truth].std(axis=0) + 1e-6
    z = np.column_stack([(x - middle) / spread, np.ones(len(x))]).astype(np.float32)
    shares = np.tile(_shares(kinds[chosen], odd[chosen]) / np.float32(views), views)
    slopes = _regressed(z, truth, shares)[:-1] / spread
    oddness = features[0, photographs] @ slopes
    scale = float(oddness.std())
    return slopes / scale, -float(oddness.mean()) / scale


def _shares(kinds: NDArray[np.str_], truth: Flags) -> Matrix:
    """Return the weight of each row: all photographs together have 1, and all non-faces.

    In a family all kinds have the same. A cover counts as its outline.
    """
    families = {name: family for family, names in FAMILIES.items() for name in names}
    groups = np.array([kind.split(":")[0] for kind in kinds])
    shares = np.zeros(len(kinds), dtype=np.float32)
    shares[~truth] = 1 / (~truth).sum()
    family_of = {group: families[kinds[groups == group][0]] for group in np.unique(groups[truth])}
    counts = Counter(family_of.values())
    for group, family in family_of.items():
        rows = truth & (groups == group)
        shares[rows] = _WEIGHTS[family] / counts[family] / rows.sum()
    shares[truth] /= sum(_WEIGHTS[family] for family in counts)
    return shares


def _regressed(z: Matrix, truth: Flags, shares: Matrix) -> NDArray[np.float64]:
    """Return the slopes of a ridge regression (logistic) by Adam (Kingma, Ba 2014)."""
    slopes, mean, square = (np.zeros(z.shape[1]) for _ in range(3))
    for step in range(1, _STEPS + 1):
        guess = 1 / (1 + np.exp(-np.clip(z @ slopes.astype(np.float32), -40, 40)))
        gradient = (shares * (guess - truth)).astype(np.float32) @ z
        gradient = gradient + _RIDGE * slopes
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        ahead = mean / (1 - 0.9**step)
        slopes -= _RATE * ahead / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
    return slopes


def _judged(
    features: Matrix, kinds: NDArray[np.str_], people: NDArray[np.str_]
) -> tuple[NDArray[np.float64], NDArray[np.float64], list[float]]:
    """Return the oddness of each frame by weights of the other half of the people.

    The second value is by weights that were learned without the frame's family. Both are shares of
    the limits of the readings, which come last.
    """
    number = {person: place for place, person in enumerate(np.unique(people))}
    half = np.array([number[person] % 2 for person in people])
    photographs = ~np.isin(kinds, NON_FACES)
    found, found_alone, limits = [], [], []
    for reading in _READINGS:
        oddness, alone = (np.zeros(len(kinds)) for _ in range(2))
        for own in (half == 0, half == 1):
            slopes, bias = _learned(features, kinds, own, reading)
            oddness[~own] = alone[~own] = features[0, ~own] @ slopes + bias
            for names in FAMILIES.values():
                if not set(names) & set(reading):
                    continue
                rest = tuple(name for name in reading if name not in names)
                rows = ~own & np.isin(kinds, names)
                slopes, bias = _learned(features, kinds, own, rest)
                alone[rows] = features[0, rows] @ slopes + bias
        limits.append(_MARGIN * float(oddness[photographs].max()))
        found.append(oddness / limits[-1])
        found_alone.append(alone / limits[-1])
    return np.max(found, axis=0), np.max(found_alone, axis=0), limits


def _report(
    model: str,
    seen: _Seen,
    shown: Frames,
    oddness: NDArray[np.float64],
    alone: NDArray[np.float64],
) -> None:
    """Print what weights learned from one half of the people do to the other half."""
    print(
        "kind | frames | refused | with its family left out | median | highest | "
        "match each other | those that pass"
    )
    kinds, people, threshold = shown.kinds, shown.people, _threshold(model)
    groups = np.array([kind.split(":")[0] for kind in kinds])
    for name in dict.fromkeys(groups.tolist()):
        rows = groups == name
        figures = [rows.sum(), (oddness[rows] > 1).sum()]
        if kinds[rows][0] in NON_FACES:
            figures.append((alone[rows] > 1).sum())
        figures += [f"{value:.2f}" for value in (np.median(oddness[rows]), oddness[rows].max())]
        if kinds[rows][0] in NON_FACES:
            for some in (rows, rows & (oddness <= 1)):
                figures.append(_alike(seen.embeddings[some], people[some], threshold))
        print(" | ".join([name, *map(str, figures)]), flush=True)


def _threshold(model: str) -> float:
    from django.conf import settings

    from bench import gate
    from faceplatform.engine.catalogue import choices
    from faceplatform.matching.calibration import load_calibration

    label = choices.recognition(model).model
    calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, label)
    return calibration.threshold(gate.FMR, template_frames=1, probe_frames=1)


def _alike(embeddings: Matrix, people: NDArray[np.str_], threshold: float) -> str:
    """Return the rate at which different people match, as text."""
    from bench import gate

    shown = gate.Passed(
        embeddings=list(embeddings), people=people.tolist(), sources=people.tolist()
    )
    return str(gate.strangers(shown, shown, threshold))


def _write(
    model: str, net: _Net, learned: list[tuple[NDArray[np.float64], float]], limits: list[float]
) -> None:
    from faceplatform.engine import preparation

    target = Path(preparation.__file__).parent / net.folder / "oddness_weights.py"
    biases = [bias / limit for (_, bias), limit in zip(learned, limits, strict=True)]
    lines = [f"BIASES = ({', '.join(f'{bias:.5g}' for bias in biases)})", "WEIGHTS = ("]
    for (slopes, _), limit in zip(learned, limits, strict=True):
        lines += ["    (", *(f"        {value:.5g}," for value in slopes / limit), "    ),"]
    target.write_text(_HEADER.format(model=model) + "\n".join([*lines, ")"]) + "\n")
    print(f"wrote {net.folder}/{target.name}; now update the checksums of the manifest\n")


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.oddness")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--model", choices=sorted(_NETS), default="dlib")
    parser.add_argument("--chips", type=Path, metavar="FILE", help="a .npz file")
    parser.add_argument("--weights", type=Path, metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    main()
