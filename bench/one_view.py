"""Embeddings of one view against those that average the mirror image.

python -m bench.one_view --images DIR --people CSV [--group-column sex] --model dlib...

DIR has a folder for each person, CSV the columns person and group. In a stream, a face that is only
followed while a challenge asks for gestures is recognized without its mirror image
(`Recognizer.recognize`). Compared are photographs that the default policy accepts: one is embedded
with its mirror image, the other with it and without. At the threshold at which the frames of a
session must show one person: strangers of the same group who match, and people recognized, with
95 % intervals over people; and the photographs that look odd in one view alone.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import django

from bench.people_arguments import people_parser

if TYPE_CHECKING:
    from bench.gate import Passed
    from faceplatform.evaluation.acquisition import Samples
    from faceplatform.evaluation.people import Gathered


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceplatform.settings.base")
    django.setup()
    from bench import hardware
    from faceplatform.evaluation import people

    print(hardware.describe(), flush=True)
    given = people_parser("python -m bench.one_view").parse_args()
    group_of = people.read_groups(given.people, column=given.group_column)
    gathered = people.gather(given.images, sorted(group_of))
    for name in given.model:
        for line in _lines(name, gathered, group_of):
            print(line, flush=True)


def _lines(model: str, gathered: "Gathered", group_of: dict[str, str]) -> Iterator[str]:
    from django.conf import settings

    from bench import gate
    from faceplatform.engine.stages.recognition import build_recognizer
    from faceplatform.evaluation import acquisition
    from faceplatform.evaluation.studies import mirror
    from faceplatform.matching.calibration import load_calibration

    averaging, single = build_recognizer(model), mirror.build_toggled(model)
    if single is None or not mirror.is_averaged(model):
        raise SystemExit(f"{model} does not average mirror images")
    locate = acquisition.build_photograph_locator()
    accepted, both = (
        acquisition.acquire(gathered.images, gathered.people, locate, recognizers)
        for recognizers in ([averaging], [averaging, single])
    )
    odd = int((accepted.row_of >= 0).sum() - (both.row_of >= 0).sum())
    yield f"{model}: {len(accepted.people):,} accepted, {odd} of them odd in one view alone"
    calibration = load_calibration(settings.FACEPLATFORM_CALIBRATION_DIR, averaging.model)
    threshold = calibration.threshold(gate.FMR, template_frames=1, probe_frames=1)
    averaged, one = (_passed(both, number, gathered) for number in range(2))
    for name, probes in (("both views", averaged), ("one view", one)):
        yield f"{name}: the same person {gate.same_person(probes, averaged, threshold)}"
        for group in sorted(set(group_of.values()) - {""}):
            theirs = {person: group for person, its in group_of.items() if its == group}
            within = gate.strangers(
                _of(probes, theirs), _of(averaged, theirs), threshold, group_of=theirs
            )
            yield f"{name}: strangers, {group}: {within}"


def _passed(samples: "Samples", number: int, gathered: "Gathered") -> "Passed":
    """Return the embeddings by one recognizer, with the names of their people and files."""
    from bench import gate

    paths = [path for path, row in zip(gathered.images, samples.row_of, strict=True) if row >= 0]
    return gate.Passed(
        embeddings=list(samples.embeddings[number]),
        people=[path.parent.name for path in paths],
        sources=[path.name for path in paths],
    )


def _of(passed: "Passed", people: dict[str, str]) -> "Passed":
    from bench import gate

    rows = [row for row, person in enumerate(passed.people) if person in people]
    return gate.Passed(
        embeddings=[passed.embeddings[row] for row in rows],
        people=[passed.people[row] for row in rows],
        sources=[passed.sources[row] for row in rows],
    )


if __name__ == "__main__":
    main()
