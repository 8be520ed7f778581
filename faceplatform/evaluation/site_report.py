"""The HTML report of `manage.py evaluate`: promises of calibrations beside the rates measured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faceplatform.evaluation import promises
from faceplatform.evaluation.by_group import Labels
from faceplatform.evaluation.comparisons import Matrix, People
from faceplatform.evaluation.html import people as page
from faceplatform.matching.calibration import Calibration, read_calibration
from faceplatform.matching.model import RecognitionModel

IN_USE, OWN = "in use", "this site's"
_OWN_NOTE = (
    "{source}. Made from the people of this report, so here they keep their promise by "
    "construction; people held out tell more"
)


def in_use(model: RecognitionModel, folder: Path) -> dict[str, Calibration]:
    """Return the calibration in use by its name in the report; nothing if there is none yet.

    Read it before `--calibrate` replaces it.

    Raises:
        faceplatform.errors.ConfigurationError: it is malformed, or of another model.
    """
    path = folder / f"{model.name}.json"
    return {IN_USE: read_calibration(path, model)} if path.is_file() else {}


def render(
    data: Mapping[str, Any],
    embeddings: Matrix,
    people: People,
    labels: Labels | None,
    calibrations: Mapping[str, Calibration],
) -> str:
    """Return the report as the text of an HTML file.

    Args:
        data: of `report.as_data`.
        embeddings, people: of the photographs that were acquired.
        labels: the group of each of them; None without groups.
        calibrations: by `IN_USE` and `OWN`.
    """
    groups = [""] * len(people) if labels is None else [str(label) for label in labels]
    sources = {
        name: _OWN_NOTE.format(source=each.source) if name == OWN else each.source
        for name, each in calibrations.items()
    }
    found = promises.measure(embeddings, people, groups, calibrations)
    return page.render({**data, "calibrations": sources, "promises": found})
