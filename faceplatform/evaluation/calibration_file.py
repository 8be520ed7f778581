"""Writer of ``calibration/<model>.json``, which `matching.load_calibration` reads."""

import json
import re
from collections.abc import Mapping
from math import ceil
from pathlib import Path
from typing import Any

from faceplatform.evaluation import fusion, metrics
from faceplatform.evaluation.comparisons import Comparisons, Genuine
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.tail import FMRS, FusedTail, SingleTail
from faceplatform.matching.model import RecognitionModel

_DECIMALS = 5

Counts = tuple[int, int]


def write(
    path: Path,
    *,
    model: RecognitionModel,
    source: str,
    images: Mapping[str, Any],
    tables: Mapping[Counts, Comparisons],
) -> None:
    """Write the calibration, completely or not at all.

    Args:
        source: the images, described in a sentence.
        images: the same as data.
        tables: comparisons by (template frames, probe frames), for all of fusion.COUNTS.

    Raises:
        EvaluationError: too few images of a person for some count, or too few comparisons.
    """
    if missing := set(fusion.COUNTS) - set(tables):
        raise EvaluationError(
            "too few images for a calibration: two people or more need "
            f"{max(sum(counts) for counts in missing)} each"
        )
    points = all_points(tables)
    data = {
        "model": str(model.key),
        "source": source,
        "images": dict(images),
        "tables": [
            {
                "template_frames": template_frames,
                "probe_frames": probe_frames,
                "comparisons": len(comparisons.impostors.scores),
                "points": points[template_frames, probe_frames],
            }
            for (template_frames, probe_frames), comparisons in sorted(tables.items())
        ],
    }
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(_compact(data), encoding="utf-8")
    partial.replace(path)


def all_points(tables: Mapping[Counts, Comparisons]) -> dict[Counts, list[dict[str, Any]]]:
    """Return the thresholds of every table, in falling FMR; extrapolated ones are not "measured".

    Args:
        tables: must include one frame against one.

    Raises:
        EvaluationError: too few comparisons for a table.
    """
    single = SingleTail(tables[1, 1].impostors)
    return {
        counts: _points(
            single if counts == (1, 1) else FusedTail(comparisons.impostors, single),
            comparisons.genuine,
        )
        for counts, comparisons in sorted(tables.items())
    }


def _points(tail: SingleTail, genuine: Genuine) -> list[dict[str, Any]]:
    rows = []
    for fmr in FMRS:
        threshold = ceil(tail.threshold(fmr) * 10**_DECIMALS) / 10**_DECIMALS
        fnmr = metrics.false_non_match_rate(genuine, threshold)
        measured = fmr >= tail.strictest
        rows.append({"fmr": fmr, "cosine": threshold, "fnmr": round(fnmr, 4), "measured": measured})
    return rows


def _compact(data: Mapping[str, Any]) -> str:
    """Return JSON with one line per point, so that a diff shows the thresholds that changed."""
    text = json.dumps(data, indent=1)
    return re.sub(r"\{[^{}\[\]]*\}", lambda row: re.sub(r"\n\s*", " ", row[0]), text) + "\n"
