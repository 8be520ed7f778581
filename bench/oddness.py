"""The weights of oddness (`preparation.dlib`, `preparation.mobilefacenet`), learned and tested.

python -m bench.oddness --images DIR --model dlib|mobilefacenet [--chips FILE] [--weights DIR]

DIR holds a folder of photographs per person (LFW). Those that the default policy accepts are shown
as they are and as other cameras save them; and changed into the kinds of `oddness_frames` that it
accepts without this check. `--chips` keeps their chips for the next run, of either model.
`--weights` is the folder of the model's published weights, where no package has them.

For each family of kinds, and for all covers, a reading is learned by logistic regression; oddness
is the highest reading. The table applies the weights of four fifths of the people to the rest.
"Left out" is what a kind meets that nobody thought of: the readings that know no kind of its
family; for a change of photographs, those that were learned without it. It also tells how often the
faces of different people match, of all frames and of those that pass. Then the weights of all are
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
from bench.oddness_frames import AS_IT_IS, NON_FACES, READINGS, Frames, frames
from bench.oddness_kinds import PHOTOGRAPHS

Matrix = NDArray[np.float32]
Flags = NDArray[np.bool_]

# Stopped early, and with a little ridge: further steps and larger slopes fit the odd photographs
# among those learned from, and are less sure of others' faces.
_STEPS, _RATE, _RIDGE = 300, 0.03, 3e-3
_BATCH = 4
# Parts that the people are split into: many, so that the weights that are judged are close to those
# that are shipped, which were learned from everybody. Limits follow from the judged ones.
_PARTS = 5
# A limit is above the highest photograph that the weights were not learned from, by this factor.
# Photographs as cameras change them come near the limits of pictures, and hardly of the others.
_PICTURES = {"painted", "outlined", "painted in water", "pencil", "drawn"}
_MARGINS = np.array([[1.15 if name in _PICTURES else 16 / 15] for name in READINGS])


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


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    """The oddness of n frames by weights of the other parts of the people, the limit being 1.

    Attributes:
        oddness: (n,).
        left_out: (n,), by weights that know neither the family of a non-face nor the change of a
            photograph.
        limits: of each reading, in standard deviations of the photographs.
        lost: number of photographs beyond the limits that were chosen on the other parts.
    """

    oddness: NDArray[np.float64]
    left_out: NDArray[np.float64]
    limits: NDArray[np.float64]
    lost: int


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    given = _arguments()
    net, shown = _NETS[given.model], frames(given.images, given.chips)
    print(f"{hardware.describe()}\nModel: {given.model}\n")
    seen = _seen(net, given.weights, shown.chips[net.layout])
    everybody = np.ones(len(shown.kinds), dtype=bool)
    learned = [_learned(seen.features, shown.kinds, everybody, each) for each in READINGS.values()]
    judged = _judged(seen.features, shown.kinds, shown.people)
    _write(net, learned, judged.limits)
    _report(given.model, seen, shown, judged)


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

    All kinds have the same. A cover counts as its outline.
    """
    groups = np.array([kind.split(":")[0] for kind in kinds])
    counts = Counter(groups[truth].tolist())
    shares = np.full(len(kinds), 1 / (~truth).sum(), dtype=np.float32)
    shares[truth] = [1 / (len(counts) * counts[group]) for group in groups[truth].tolist()]
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


def _judged(features: Matrix, kinds: NDArray[np.str_], people: NDArray[np.str_]) -> _Judged:
    number = {person: place for place, person in enumerate(np.unique(people))}
    part = np.array([number[person] % _PARTS for person in people])
    photographs = ~np.isin(kinds, NON_FACES)
    readings = _read(features, kinds, part, np.ones(len(kinds), dtype=bool))
    limits = _limits(readings[:, photographs])
    shares = readings / limits
    unknown = shares.copy()
    for place, names in enumerate(READINGS.values()):
        unknown[place, np.isin(kinds, names)] = -np.inf
    left_out = unknown.max(axis=0)
    for change in PHOTOGRAPHS:
        others = kinds != change
        read = _read(features, kinds, part, others)
        read /= _limits(read[:, photographs & others])
        left_out[~others] = read[:, ~others].max(axis=0)
    lost = 0
    for judged in (part == each for each in range(_PARTS)):
        beyond = readings[:, photographs & judged] > _limits(readings[:, photographs & ~judged])
        lost += int(beyond.any(axis=0).sum())
    return _Judged(shares.max(axis=0), left_out, limits[:, 0], lost)


def _limits(readings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the limits, (readings, 1), from the readings of photographs, (readings, n)."""
    return np.asarray(_MARGINS * readings.max(axis=1, keepdims=True))


def _read(
    features: Matrix, kinds: NDArray[np.str_], part: NDArray[np.int64], among: Flags
) -> NDArray[np.float64]:
    """Return the readings of each frame, (readings, n), by weights of the other parts.

    Args:
        among: the frames that may be learned from.
    """
    readings = np.zeros((len(READINGS), len(kinds)))
    for judged in (part == each for each in range(_PARTS)):
        for reading, names in zip(readings, READINGS.values(), strict=True):
            slopes, bias = _learned(features, kinds, among & ~judged, names)
            reading[judged] = features[0, judged] @ slopes + bias
    return readings


def _report(model: str, seen: _Seen, shown: Frames, judged: _Judged) -> None:
    """Print what weights learned from some of the people do to the others."""
    kinds, people, threshold = shown.kinds, shown.people, _threshold(model)
    oddness, is_photograph = judged.oddness, ~np.isin(kinds, NON_FACES)
    print(
        f"{judged.lost} of {is_photograph.sum()} photographs are beyond limits chosen on other "
        "people\n"
        "kind | frames | refused | left out | median | highest | match each other | those that pass"
    )
    groups = np.array([kind.split(":")[0] for kind in kinds])
    for name in dict.fromkeys(groups.tolist()):
        rows = groups == name
        figures = [str(rows.sum()), str((oddness[rows] > 1).sum())]
        figures.append("" if name == AS_IT_IS else str((judged.left_out[rows] > 1).sum()))
        figures += [f"{value:.2f}" for value in (np.median(oddness[rows]), oddness[rows].max())]
        if not is_photograph[rows][0]:
            for some in (rows, rows & (oddness <= 1)):
                figures.append(_alike(seen.embeddings[some], people[some], threshold))
        print(" | ".join([name, *figures]), flush=True)


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
    net: _Net, learned: list[tuple[NDArray[np.float64], float]], limits: NDArray[np.float64]
) -> None:
    from faceplatform.engine.preparation import oddness

    target = Path(oddness.__file__).parent / net.folder / oddness.FILE
    columns = [
        np.concatenate([[bias], slopes]) / limit
        for (slopes, bias), limit in zip(learned, limits, strict=True)
    ]
    rows = [",".join(f"{value:.4g}" for value in row) for row in np.transpose(columns)]
    target.write_text("\n".join([",".join(READINGS), *rows]) + "\n")
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
