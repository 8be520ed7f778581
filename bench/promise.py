"""Promised false match rates beside those of people held out, by group, and the people missed.

python -m bench.promise --images DIR --people CSV [--group-column sex] --model NAME...

DIR has a folder of photographs for each person, CSV the columns person and group. Photographs go
once through detection and the default policy's gate. Then, ten times, people are split into halves
within their groups: one half gives thresholds and rates of sessions, by the functions of `manage.py
evaluate --calibrate`, and in the other strangers of the same group are counted, and people who are
missed. Rates are means of the twenty halves, with their 10th and 90th percentile.

A second table says who is missed with the calibration in use, with 95 % intervals over people.

The exit status is 1 if a group that is large enough to tell has a rate above the promise.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray

from bench.people_arguments import people_parser

if TYPE_CHECKING:
    from faceplatform.evaluation.held_out import Kept
    from faceplatform.evaluation.shares import Share
    from faceplatform.matching.calibration import Calibration
    from faceplatform.matching.model import RecognitionModel

Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """All photographs that were acquired.

    Attributes:
        models: those that embedded them.
        embeddings: of each model.
        people: int64, (photographs,).
        labels: the group of each photograph's person, "" for none.
        refused: the number of photographs that were not acquired, by reason.
    """

    models: Sequence["RecognitionModel"]
    embeddings: Sequence[Matrix]
    people: NDArray[np.int64]
    labels: NDArray[np.str_]
    refused: dict[str, int]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.evaluation import held_out_report

    print(hardware.describe(), flush=True)
    given = _arguments()
    faces = _acquire(given)
    for line in _numbers(faces):
        print(line, flush=True)
    broken = 0
    for model, embeddings in zip(faces.models, faces.embeddings, strict=True):
        found = _check(embeddings, faces, given)
        kept = held_out_report.lines(held_out_report.as_data(found))
        for line in (f"\n{model.name}", "", *kept, "", *_in_use(model, embeddings, faces)):
            print(line, flush=True)
        broken += sum(each.broken for each in found)
    if broken:
        sys.exit(f"\n{broken} promises are broken")


def _acquire(given: Namespace) -> Faces:
    from faceplatform.engine.stages.recognition import build_recognizer
    from faceplatform.evaluation import acquisition, people

    groups = people.read_groups(given.people, column=given.group_column)
    gathered = people.gather(given.images, sorted(groups))
    recognizers = [build_recognizer(name) for name in given.model]
    samples = acquisition.acquire(
        gathered.images, gathered.people, acquisition.build_photograph_locator(), recognizers
    )
    return Faces(
        models=[recognizer.model for recognizer in recognizers],
        embeddings=samples.embeddings,
        people=samples.people,
        labels=people.labels_of(gathered.images, groups)[samples.row_of >= 0],
        refused=dict(samples.failures),
    )


def _numbers(faces: Faces) -> Iterator[str]:
    from faceplatform.evaluation.by_group import rows_of_groups

    yield f"{len(faces.people):,} photographs accepted; refused: {faces.refused}"
    for group, rows in rows_of_groups(faces.labels):
        images = np.bincount(faces.people[rows])
        counts = ", ".join(f"{int((images >= n).sum()):,} with {n}" for n in (1, 2, 3, 4, 6))
        yield f"people of group {group} by accepted photographs, or more: {counts}"


def _check(embeddings: Matrix, faces: Faces, given: Namespace) -> list["Kept"]:
    from faceplatform.evaluation import held_out

    return held_out.check(
        embeddings,
        faces.people,
        faces.labels,
        held_out.split(faces.people, faces.labels, given.draws),
        grouped=not given.one_threshold,
    )


def _in_use(model: "RecognitionModel", embeddings: Matrix, faces: Faces) -> Iterator[str]:
    from django.conf import settings

    from faceplatform.evaluation.by_group import rows_of_groups
    from faceplatform.evaluation.held_out import FMRS
    from faceplatform.evaluation.shares import mean_of_people
    from faceplatform.evaluation.trials import TRIALS, Trials
    from faceplatform.matching.calibration import load_calibration

    calibration: Calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, model)
    yield "| group | with the calibration in use | promised | missed by each look |"
    yield "|---|---|---|---|"
    for group, rows in rows_of_groups(faces.labels):
        for trial in TRIALS:
            counted = Trials(trial, embeddings[rows], faces.people[rows])
            for fmr in FMRS:
                looks = counted.missed(trial.thresholds(calibration, fmr))
                missed = ", ".join(_share(mean_of_people(each)) for each in looks)
                yield f"| {group} | {trial.name} | {fmr:g} | {missed} |"


def _share(share: "Share") -> str:
    if share.rate is None or share.interval is None:
        return "-"
    low, high = share.interval
    return f"{100 * share.rate:.1f} % ({100 * low:.1f}-{100 * high:.1f})"


def _arguments() -> Namespace:
    parser = people_parser("python -m bench.promise")
    parser.add_argument("--draws", type=int, default=10, metavar="N", help="splits into halves")
    parser.add_argument(
        "--one-threshold",
        action="store_true",
        help="make thresholds of everybody with everybody, as if nobody had a group",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
