"""Photographs of faces with glasses, or something before the mouth: who is missed or confused.

python -m bench.covers --images DIR --people CSV [--group-column sex] --model NAME...

DIR has a folder of photographs for each person (LFW), CSV the columns person and group. The
photographs that `bench/lfw_covered.csv` lists were labelled by eye: dark glasses hide the eyes,
tinted ones do not. All photographs of the people listed are shown, and the first two of everybody
else. Compared are those that the default policy accepts, at the thresholds in use:

- people with themselves: a covered photograph, or another one, against one uncovered photograph of
  the person, and against templates of three;
- strangers of the same group, one photograph against one.

Intervals are 95 %, over people.
"""

import csv
import os
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from bench.gate import Passed
    from faceplatform.engine.stages.recognition import Recognizer
    from faceplatform.matching.calibration import Calibration

UNCOVERED = "uncovered"
FMRS = (1e-3, 1e-4)
_LABELS = Path(__file__).with_name("lfw_covered.csv")
_PHOTOGRAPHS_OF_OTHERS = 2
_MOST_TEMPLATES = 20  # of each photograph


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The accepted photographs.

    Attributes:
        names: (n,), folder and file.
        kinds: (n,), the cover, or `UNCOVERED`.
        embeddings: float32, (n, dimension), of one model.
        group_of: of each person.
    """

    names: NDArray[np.str_]
    kinds: NDArray[np.str_]
    embeddings: NDArray[np.float32]
    group_of: dict[str, str]

    @property
    def people(self) -> NDArray[np.str_]:
        return np.array([name.split("/")[0] for name in self.names])


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.engine.stages.recognition import build_recognizer
    from faceplatform.evaluation import acquisition, people

    print(hardware.describe(), flush=True)
    given = _arguments()
    group_of = people.read_groups(given.people, column=given.group_column)
    cover_of = covers()
    names = _chosen(given.images, sorted(group_of), {name.split("/")[0] for name in cover_of})
    numbers = np.unique([name.split("/")[0] for name in names], return_inverse=True)[1]
    recognizers = [build_recognizer(name) for name in given.model]
    samples = acquisition.acquire(
        [given.images / name for name in names],
        numbers.astype(np.int64),
        acquisition.build_photograph_locator(),
        recognizers,
    )
    kinds = np.array([cover_of.get(name, UNCOVERED) for name in names])
    for kind in np.unique(kinds):
        counts = Counter(np.array([r or "accepted" for r in samples.reasons])[kinds == kind])
        print(f"{kind}: {', '.join(f'{reason} {n}' for reason, n in counts.most_common())}")
    accepted = samples.row_of >= 0
    for recognizer, embeddings in zip(recognizers, samples.embeddings, strict=True):
        faces = Faces(np.array(names)[accepted], kinds[accepted], embeddings, group_of)
        for line in lines(faces, recognizer):
            print(line, flush=True)


def covers() -> dict[str, str]:
    """Return the cover of each photograph (folder and file) that was labelled."""
    with _LABELS.open(newline="") as file:
        return {row["photograph"]: row["covered"] for row in csv.DictReader(file)}


def _chosen(images: Path, people: list[str], covered: set[str]) -> list[str]:
    return [
        f"{person}/{path.name}"
        for person in people
        for path in sorted((images / person).glob("*.jpg"))[
            : None if person in covered else _PHOTOGRAPHS_OF_OTHERS
        ]
    ]


def lines(faces: Faces, recognizer: "Recognizer") -> Iterator[str]:
    """Yield the tables of one model."""
    from django.conf import settings

    from faceplatform.matching.calibration import load_calibration

    calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, recognizer.model)
    kinds = sorted(set(faces.kinds.tolist()) - {UNCOVERED})
    yield f"\n{recognizer.model.name}"
    for fmr in FMRS:
        yield f"\nmissed at {fmr:g} | people | 1 v 1 | 3 v 1"
        for kind in kinds:
            wearers = set(faces.people[faces.kinds == kind].tolist())
            for shown, of in ((kind, wearers), (UNCOVERED, wearers)):
                yield f"{shown}, {kind} people | " + _missed(faces, shown, of, calibration, fmr)
        everybody = set(faces.people.tolist())
        yield "uncovered, everybody | " + _missed(faces, UNCOVERED, everybody, calibration, fmr)
        threshold = calibration.threshold(fmr, template_frames=1, probe_frames=1)
        yield f"\nstrangers at {fmr:g} | match each other | match the uncovered"
        for kind in (*kinds, UNCOVERED):
            yield f"{kind} | {_strangers(faces, kind, threshold)}"


def _missed(faces: Faces, kind: str, of: set[str], calibration: "Calibration", fmr: float) -> str:
    rates: dict[int, list[float]] = {1: [], 3: []}
    people = faces.people
    for person in sorted(of):
        theirs = np.flatnonzero(people == person)
        references = theirs[faces.kinds[theirs] == UNCOVERED]
        probes = theirs[faces.kinds[theirs] == kind]
        for frames, found in rates.items():
            threshold = calibration.threshold(fmr, template_frames=frames, probe_frames=1)
            each = [
                _share_below(faces.embeddings, probe, references, frames, threshold)
                for probe in probes
            ]
            known = [share for share in each if share is not None]
            if known:
                found.append(float(np.mean(known)))
    told = " | ".join(_percent(np.array(found)) for found in rates.values())
    return f"{len(rates[1])}, {len(rates[3])} | {told}"


def _share_below(
    embeddings: NDArray[np.float32],
    probe: int,
    references: NDArray[np.int64],
    frames: int,
    threshold: float,
) -> float | None:
    """Return the share of the templates of so many other photographs that miss the probe."""
    from faceplatform.matching.embeddings import fuse

    others = [place for place in references.tolist() if place != probe]
    templates = list(combinations(others, frames))
    if not templates:
        return None
    if len(templates) > _MOST_TEMPLATES:
        chosen = np.random.default_rng(probe).choice(len(templates), _MOST_TEMPLATES, replace=False)
        templates = [templates[place] for place in chosen]
    scores = [float(fuse([embeddings[i] for i in each]) @ embeddings[probe]) for each in templates]
    return float(np.mean(np.array(scores) < threshold))


def _strangers(faces: Faces, kind: str, threshold: float) -> str:
    from bench import gate

    here, plain = _passed(faces, kind), _passed(faces, UNCOVERED)
    each_other = gate.strangers(here, here, threshold, group_of=faces.group_of)
    if kind == UNCOVERED:
        return str(each_other)
    return f"{each_other} | {gate.strangers(here, plain, threshold, group_of=faces.group_of)}"


def _passed(faces: Faces, kind: str) -> "Passed":
    from bench import gate

    rows = np.flatnonzero(faces.kinds == kind)
    return gate.Passed(
        embeddings=list(faces.embeddings[rows]),
        people=faces.people[rows].tolist(),
        sources=faces.names[rows].tolist(),
    )


def _percent(rates: NDArray[np.float64]) -> str:
    from faceplatform.evaluation.shares import mean_of_people

    if not len(rates):
        return "-"
    share = mean_of_people(rates)
    low, high = share.interval or (0.0, 1.0)
    return f"{100 * float(share.rate or 0):.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="python -m bench.covers")
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--people", type=Path, required=True, metavar="CSV")
    parser.add_argument("--group-column", default="group", metavar="NAME", help="of --people")
    parser.add_argument("--model", nargs="+", required=True, metavar="NAME")
    return parser.parse_args()


if __name__ == "__main__":
    main()
