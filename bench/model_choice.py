"""Recognition models side by side: who is missed, and who is confused, by sex.

python -m bench.model_choice --images DIR --sexes CSV NAME...

DIR holds a folder of photographs per person, CSV has the columns person and sex. Photographs go
through the product's detection and alignment; of several faces the one nearest to the middle
counts, as in LFW. Strangers are of the same sex. The threshold of a rate is the one that keeps it
for both sexes. People missed are compared with those of the first model: whole people are drawn a
thousand times, the same for both (95 % intervals). "Held out": thresholds of one half of the
people, rates of the other, mean of ten splits. The last columns take the threshold that keeps the
rate for everybody against everybody, and say how many times the rate strangers of each sex reach.
"""

import csv
import os
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from faceplatform.evaluation.acquisition import Locate
    from faceplatform.evaluation.comparisons import Comparisons, Genuine

SEXES = ("F", "M")
RATES = (1e-3, 1e-4)
FRAMES = ((1, 1), (3, 1), (3, 3))
_SPLITS = 10
_DRAWS = 1000

Matrix = NDArray[np.float32]
People = NDArray[np.int64]
Missed = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """All acquired photographs.

    Attributes:
        embeddings: by model.
        people: int64, (photographs,).
        sexes: "F", "M" or "" of each photograph's person.
    """

    embeddings: dict[str, Matrix]
    people: People
    sexes: NDArray[np.str_]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware

    print(hardware.describe(), flush=True)
    given = _arguments()
    faces = _acquire(given)
    counts = {sex: len(set(faces.people[faces.sexes == sex])) for sex in SEXES}
    print(f"{len(faces.people):,} photographs, people by sex: {counts}", flush=True)
    for frames in FRAMES:
        for rate in RATES:
            _print_table(faces, frames, rate)


def _acquire(given: Namespace) -> Faces:
    from faceplatform.engine.stages.recognition import build_recognizer
    from faceplatform.evaluation import acquisition

    with given.sexes.open(newline="") as file:
        sex_of = {row["person"]: row["sex"] for row in csv.DictReader(file)}
    images = sorted(given.images.glob("*/*.jpg"))
    names = np.array([image.parent.name for image in images])
    _, people = np.unique(names, return_inverse=True)
    samples = acquisition.acquire(
        images,
        people.astype(np.int64),
        _build_locator(),
        [build_recognizer(name) for name in given.models],
    )
    print(f"not acquired: {dict(samples.failures)}")
    return Faces(
        embeddings=dict(zip(given.models, samples.embeddings, strict=True)),
        people=samples.people,
        sexes=np.array([sex_of.get(name, "") for name in names[samples.row_of >= 0]]),
    )


def _build_locator() -> "Locate":
    """Return a function that finds the face nearest to the middle of a photograph."""
    from django.conf import settings

    from faceplatform.engine.stages.detection import build_detector
    from faceplatform.engine.stages.faces import relevant_faces
    from faceplatform.engine.stages.landmarks import FaceMesh, five_points
    from faceplatform.evaluation.acquisition import Located, NotAcquired

    detector, face_mesh = build_detector(settings.FACEPLATFORM_DETECTOR), FaceMesh()

    def locate(pixels: NDArray[np.uint8]) -> Located:
        faces = relevant_faces(pixels, detector.detect(pixels), face_mesh)
        found = [Located(pixels, each, five_points(each.mesh)) for each in faces if each.confirmed]
        if not found:
            raise NotAcquired("no_face")
        middle = np.array(pixels.shape[1::-1]) / 2
        return min(found, key=lambda face: np.abs(face.points.mean(axis=0) - middle).sum())

    return locate


def _print_table(faces: Faces, frames: tuple[int, int], rate: float) -> None:
    print(f"\n{frames[0]} v {frames[1]}, 1 in {1 / rate:,.0f}\n")
    print("| | missed: women | men | held out: women | men | false matches: women | men |")
    print("|---|---|---|---|---|---|---|")
    reference: dict[str, Missed] = {}
    for name, embeddings in faces.embeddings.items():
        print(_line(name, faces, embeddings, frames, rate, reference), flush=True)


def _line(
    name: str,
    faces: Faces,
    embeddings: Matrix,
    frames: tuple[int, int],
    rate: float,
    reference: dict[str, Missed],
) -> str:
    from faceplatform.evaluation import metrics

    of_sex = {sex: _compare(faces, embeddings, faces.sexes == sex, frames) for sex in SEXES}
    kept = _kept(of_sex, rate)
    cells = [name]
    for sex in SEXES:
        missed = _missed(of_sex[sex].genuine, kept)
        text = f"{100 * missed.mean():.2f} %"
        if sex in reference:
            text += _difference(missed - reference[sex])
        reference.setdefault(sex, missed)
        cells.append(text)
    held_out = _held_out(faces, embeddings, frames, rate)
    cells += [f"{100 * held_out[sex]:.2f} %" for sex in SEXES]
    everybody = _compare(faces, embeddings, np.ones(len(faces.people), dtype=bool), frames)
    shared = metrics.threshold_at(everybody.impostors, rate)
    for sex in SEXES:
        actual = metrics.false_match_rate(of_sex[sex].impostors, shared)
        cells.append(f"{actual / rate:.1f} x")
    return f"| {' | '.join(cells)} |"


def _compare(
    faces: Faces, embeddings: Matrix, chosen: NDArray[np.bool_], frames: tuple[int, int]
) -> "Comparisons":
    from faceplatform.evaluation import fusion

    _, people = np.unique(faces.people[chosen], return_inverse=True)
    templates, probes = frames
    return fusion.compare(
        embeddings[chosen], people, template_frames=templates, probe_frames=probes
    )


def _kept(of_sex: dict[str, "Comparisons"], rate: float) -> float:
    """Return the threshold that keeps the rate for each sex."""
    from faceplatform.evaluation import metrics

    return max(metrics.threshold_at(each.impostors, rate) for each in of_sex.values())


def _missed(genuine: "Genuine", threshold: float) -> Missed:
    """Return the share of each person's comparisons that do not match."""
    below = (genuine.scores < np.float32(threshold)).astype(np.float64)
    counts = np.bincount(genuine.people)
    return (np.bincount(genuine.people, below) / np.maximum(counts, 1))[counts > 0]


def _difference(by_person: Missed) -> str:
    """Return the mean of paired differences with its interval, in percentage points."""
    generator = np.random.default_rng(0)
    rows = generator.integers(0, len(by_person), (_DRAWS, len(by_person)))
    low, high = np.percentile(by_person[rows].mean(axis=1), (2.5, 97.5))
    return f" ({100 * by_person.mean():+.2f}: {100 * low:+.2f} to {100 * high:+.2f})"


def _held_out(
    faces: Faces, embeddings: Matrix, frames: tuple[int, int], rate: float
) -> dict[str, float]:
    """Return the mean share missed by sex, with thresholds of other people."""
    generator = np.random.default_rng(0)
    shares: dict[str, list[float]] = {sex: [] for sex in SEXES}
    for _ in range(_SPLITS):
        first = generator.random(int(faces.people.max()) + 1) < 0.5
        own = first[faces.people]
        kept = _kept(
            {s: _compare(faces, embeddings, own & (faces.sexes == s), frames) for s in SEXES}, rate
        )
        for sex in SEXES:
            others = _compare(faces, embeddings, ~own & (faces.sexes == sex), frames)
            shares[sex].append(float(_missed(others.genuine, kept).mean()))
    return {sex: float(np.mean(each)) for sex, each in shares.items()}


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.model_choice")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--sexes", type=Path, required=True, metavar="CSV")
    parser.add_argument("models", nargs="+", metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
