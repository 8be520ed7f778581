"""Chips that were aligned before against detection, on the same photographs.

python -m bench.aligned --images DIR --aligned DIR --people CSV [--group-column sex] --model NAME...

Both folders have a folder for each person; a photograph that is in both, under the same name, and
is acquired on both paths, is compared. At the thresholds in use, one frame against one: false
matches of strangers of the same group, and people missed, with 95 % intervals over people.
"""

import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django
import numpy as np
from numpy.typing import NDArray

from bench.people_arguments import people_parser

if TYPE_CHECKING:
    from faceplatform.engine.stages.recognition import Recognizer
    from faceplatform.evaluation.acquisition import Samples
    from faceplatform.evaluation.shares import Share

FMRS = (1e-2, 1e-3, 1e-4)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.engine.stages.recognition import build_recognizer

    print(hardware.describe(), flush=True)
    given = _arguments()
    recognizers = [build_recognizer(name) for name in given.model]
    for line in _lines(given, recognizers):
        print(line, flush=True)


def _lines(given: Namespace, recognizers: list["Recognizer"]) -> Iterator[str]:
    from faceplatform.evaluation import acquisition, people

    groups = people.read_groups(given.people, column=given.group_column)
    names = sorted(
        f"{path.parent.name}/{path.name}"
        for path in given.images.glob("*/*")
        if path.parent.name in groups and (given.aligned / path.parent.name / path.name).is_file()
    )
    numbers = np.unique([name.split("/")[0] for name in names], return_inverse=True)[1]
    paths = {
        "detection": (given.images, acquisition.build_photograph_locator()),
        "aligned chips": (given.aligned, acquisition.build_mesh_locator()),
    }
    samples = {
        name: acquisition.acquire(
            [folder / each for each in names], numbers.astype(np.int64), locate, recognizers
        )
        for name, (folder, locate) in paths.items()
    }
    both = np.all([each.row_of >= 0 for each in samples.values()], axis=0)
    yield f"{len(names):,} photographs, {int(both.sum()):,} acquired on both paths"
    labels = people.labels_of([Path(name) for name in names], groups)[both]
    for number, recognizer in enumerate(recognizers):
        yield f"\n{recognizer.model.name}\n"
        yield "| group | promised | path | FMR | FNMR |"
        yield "|---|---|---|---|---|"
        yield from _rows(recognizer, number, samples, both, numbers[both], labels)


def _rows(
    recognizer: "Recognizer",
    number: int,
    samples: dict[str, "Samples"],
    both: NDArray[np.bool_],
    people: NDArray[np.int64],
    labels: NDArray[np.str_],
) -> Iterator[str]:
    from django.conf import settings

    from faceplatform.evaluation import by_group
    from faceplatform.evaluation.shares import share_of_pairs, share_of_people
    from faceplatform.matching.calibration import load_calibration

    calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, recognizer.model)
    tables = {
        path: by_group.compare_groups(
            each.embeddings[number][each.row_of[both]], people, labels, [(1, 1)]
        )
        for path, each in samples.items()
    }
    for group, _ in by_group.rows_of_groups(labels):
        for fmr in FMRS:
            threshold = calibration.threshold(fmr, template_frames=1, probe_frames=1)
            for path, of_path in tables.items():
                compared = of_path[group][1, 1]
                missed = compared.genuine.scores < np.float32(threshold)
                yield (
                    f"| {group} | {fmr:g} | {path} "
                    f"| {_percent(share_of_pairs(compared.impostors, threshold), 4)} "
                    f"| {_percent(share_of_people(missed, compared.genuine.people), 1)} |"
                )


def _percent(share: "Share", decimals: int) -> str:
    if share.rate is None or share.interval is None:
        return "-"
    low, high = share.interval
    ends = f"{100 * low:.{decimals}f}-{100 * high:.{decimals}f}"
    return f"{100 * share.rate:.{decimals}f} % ({ends})"


def _arguments() -> Namespace:
    parser = people_parser("python -m bench.aligned")
    parser.add_argument("--aligned", type=Path, required=True, metavar="DIR")
    return parser.parse_args()


if __name__ == "__main__":
    main()
