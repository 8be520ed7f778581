"""Photographs of faces with glasses, or something before the mouth: who is missed or confused.

python -m bench.covers --images DIR --people CSV [--group-column sex] --model NAME...

DIR has a folder of photographs for each person (LFW), CSV the columns person and group. The
photographs that `bench/lfw_covered.csv` lists were labelled by eye: dark glasses hide the eyes,
tinted ones do not. Compared are those that the default policy accepts but for its limit of
`eyes_uncovered`, at the thresholds in use:

- people with themselves: a covered photograph, or another one, against one uncovered photograph of
  the person, and against templates of three;
- strangers of the same group, one photograph against one.

Intervals are 95 %, over people. A last table has the light below the eyes by group
(`engine.stages.glasses`), where the limit of the default policy does not refuse anybody, and what a
limit does that is chosen on half of the people, a sixth below the lowest uncovered face, to the
other half.
"""

import csv
import os
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray

from bench.people_arguments import people_parser

if TYPE_CHECKING:
    from bench.gate import Passed
    from faceplatform.engine.stages.recognition import Recognizer
    from faceplatform.engine.types import Quality
    from faceplatform.evaluation.acquisition import Locate, Located
    from faceplatform.matching.calibration import Calibration

UNCOVERED, DARK, TINTED = "uncovered", "dark glasses", "tinted glasses"
FMRS = (1e-3, 1e-4)
_LABELS = Path(__file__).with_name("lfw_covered.csv")
_MOST_TEMPLATES = 20  # of each photograph


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The accepted photographs.

    Attributes:
        names: (n,), folder and file.
        kinds: (n,), the cover, or `UNCOVERED`.
        embeddings: float32, (n, dimension), of one model.
        group_of: of each person.
        light_below: (n,), `glasses.light_below_eyes`.
        luminance: (n,), the median of the face, 0..255.
    """

    names: NDArray[np.str_]
    kinds: NDArray[np.str_]
    embeddings: NDArray[np.float32]
    group_of: dict[str, str]
    light_below: NDArray[np.float64]
    luminance: NDArray[np.float64]

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
    gathered = people.gather(given.images, sorted(group_of))
    names = [f"{path.parent.name}/{path.name}" for path in gathered.images]
    recognizers, seen = [build_recognizer(name) for name in given.model], Light()
    samples = acquisition.acquire(
        gathered.images, gathered.people, _open_gate(), recognizers, judge=seen.noted
    )
    cover_of, accepted = covers(), samples.row_of >= 0
    kinds = np.array([cover_of.get(name, UNCOVERED) for name in names])
    for kind in np.unique(kinds):
        counts = Counter(np.array([r or "accepted" for r in samples.reasons])[kinds == kind])
        print(f"{kind}: {', '.join(f'{reason} {n}' for reason, n in counts.most_common())}")
    for recognizer, embeddings in zip(recognizers, samples.embeddings, strict=True):
        faces = Faces(
            names=np.array(names)[accepted],
            kinds=kinds[accepted],
            embeddings=embeddings,
            group_of=group_of,
            light_below=np.array(seen.below),
            luminance=np.array(seen.luminance),
        )
        for line in lines(faces, recognizer):
            print(line, flush=True)
    for line in light_lines(faces):
        print(line, flush=True)


def _open_gate() -> "Locate":
    """Return the default policy's gate, but for covered eyes."""
    from faceplatform.conf import CapturePolicy
    from faceplatform.evaluation import acquisition

    quality = CapturePolicy().quality.model_copy(update={"eyes_uncovered": 0.0})
    return acquisition.build_photograph_locator(CapturePolicy(liveness="off", quality=quality))


class Light:
    """The light on the faces that are acquired, in their order."""

    def __init__(self) -> None:
        self.below: list[float] = []
        self.luminance: list[float] = []

    def noted(self, found: "Located") -> "Quality":
        """Note the light on a face; return the face's quality."""
        from faceplatform.engine.stages.face_chip import face_chip
        from faceplatform.engine.stages.glasses import light_below_eyes

        chip = face_chip(found.pixels, found.candidate.mesh)
        self.below.append(light_below_eyes(chip))
        self.luminance.append(float(np.median(chip.luminance[chip.face])))
        if found.face is None:
            raise ValueError("no gate judged the face")
        return found.face.quality


def covers() -> dict[str, str]:
    """Return the cover of each photograph (folder and file) that was labelled."""
    with _LABELS.open(newline="") as file:
        return {row["photograph"]: row["covered"] for row in csv.DictReader(file)}


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


def light_lines(faces: Faces) -> Iterator[str]:
    """Yield the light below the eyes by group, and limits chosen on half of the people."""
    from faceplatform.conf import QualityLimits
    from faceplatform.engine.stages.quality import eyes_uncovered

    least = QualityLimits().eyes_uncovered
    refused = np.array([eyes_uncovered(light) < least for light in faces.light_below])
    plain, dark = faces.kinds == UNCOVERED, faces.kinds == DARK
    yield "\ngroup | uncovered | refused | lowest light | dark glasses | refused"
    for group, rows in _groups(faces):
        lowest = faces.light_below[rows & plain].min()
        yield (
            f"{group} | {(rows & plain).sum()} | {(rows & plain & refused).sum()} | {lowest:.3f} "
            f"| {(rows & dark).sum()} | {(rows & dark & refused).sum()}"
        )
    tinted = faces.kinds == TINTED
    yield f"tinted glasses | {tinted.sum()} | {(tinted & refused).sum()}"
    half = np.unique(faces.people, return_inverse=True)[1] % 2
    for own in (0, 1):
        limit = faces.light_below[plain & (half == own)].min() * 5 / 6
        lost = (faces.light_below < limit) & (half != own)
        yield (
            f"limit of one half, {limit:.3f}, on the other: uncovered refused "
            f"{(lost & plain).sum()} of {(plain & (half != own)).sum()}, dark glasses "
            f"{(lost & dark).sum()} of {(dark & (half != own)).sum()}"
        )


def _groups(faces: Faces) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """Yield the rows of all, of each group, and of the darkest and the lightest fifth."""
    labels = np.array([faces.group_of.get(person, "") for person in faces.people])
    yield "all", np.ones(len(labels), dtype=bool)
    for label in sorted(set(labels.tolist()) - {""}):
        yield label, labels == label
    low, high = np.quantile(faces.luminance, (0.2, 0.8))
    yield "darkest fifth", faces.luminance <= low
    yield "lightest fifth", faces.luminance >= high


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
    return people_parser("python -m bench.covers").parse_args()


if __name__ == "__main__":
    main()
