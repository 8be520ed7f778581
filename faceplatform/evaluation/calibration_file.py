"""Writer of ``calibration/<model>.json``, which `matching.load_calibration` reads."""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from faceplatform.evaluation import fusion, intervals, metrics, shares
from faceplatform.evaluation.by_group import Counts, Labels, Tables, rows_of_groups
from faceplatform.evaluation.comparisons import Comparisons, Genuine, People
from faceplatform.evaluation.errors import EvaluationError
from faceplatform.evaluation.tail import FMRS, CautiousTail, FusedTail, SingleTail
from faceplatform.matching.calibration import FORMAT
from faceplatform.matching.model import RecognitionModel

_DECIMALS = 5


def write(
    path: Path,
    *,
    model: RecognitionModel,
    source: str,
    images: Mapping[str, Any],
    tables: Tables,
    sessions: Sequence[Mapping[str, Any]],
    acquisition: Sequence[Mapping[str, Any]],
) -> None:
    """Write the calibration, completely or not at all.

    Args:
        source: the images, described in a sentence.
        images: the same as data; ``aligned`` is None if they went through detection.
        tables: comparisons by (template frames, probe frames), for all of fusion.COUNTS.
        sessions: see `session_points.measure`.
        acquisition: see `report.acquisition`.

    Raises:
        EvaluationError: too few images of a person for some count, or too few comparisons.
    """
    require_complete(tables.together)
    points = all_points(tables)
    data = {
        "format": FORMAT,
        "model": str(model.key),
        "source": source,
        "images": dict(images),
        "promise": {
            "groups": sorted(tables.groups),
            "sessions": bool(sessions),
            "looks": max((int(session["looks"]) for session in sessions), default=1),
            "detection": images.get("aligned", None) is None,
            "strictest": SingleTail(tables.together[1, 1].impostors).strictest,
        },
        "acquisition": list(acquisition),
        "sessions": list(sessions),
        "tables": [
            {
                "template_frames": counts[0],
                "probe_frames": counts[1],
                "comparisons": len(comparisons.impostors.scores),
                "points": points[counts],
                "groups": [
                    _group(name, of_group[counts], points[counts])
                    for name, of_group in sorted(tables.groups.items())
                ],
            }
            for counts, comparisons in sorted(tables.together.items())
        ],
    }
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(_compact(data), encoding="utf-8")
    partial.replace(path)


def require_complete(counts: Collection[Counts]) -> None:
    """Raise EvaluationError unless there are all counts of frames that a calibration has."""
    if missing := set(fusion.COUNTS) - set(counts):
        raise EvaluationError(
            "too few images for a calibration: two people or more need "
            f"{max(sum(counts) for counts in missing)} each"
        )


def require_photographs(people: People, labels: Labels | None) -> None:
    """Refuse, before anything is measured, a listing that makes no calibration.

    Args:
        people: int64, (images,), the person in each listed image.
        labels: (images,), the group of each, "" for none; None without groups.

    Raises:
        EvaluationError: fewer than two people have the photographs that it needs, or of a group.
    """
    needed = max(sum(counts) for counts in fusion.COUNTS)
    for name, rows in [("", np.arange(len(people))), *rows_of_groups(labels)]:
        enough = np.count_nonzero(np.bincount(people[rows]) >= needed)
        if enough < 2:
            of_group = f"of group {name!r} " if name else ""
            raise EvaluationError(
                f"too few images for a calibration: two people or more {of_group}need {needed} each"
            )


def all_points(tables: Tables) -> dict[Counts, list[dict[str, Any]]]:
    """Return the thresholds of every table, in falling FMR; extrapolated ones are not "measured".

    A threshold keeps its rate for everybody against everybody and within each labelled group,
    there at the upper end of its interval. It is no lower than with fewer frames: people with many
    photographs are few, and an interval of few people may say so by chance.

    Args:
        tables: must include one frame against one.

    Raises:
        EvaluationError: too few comparisons for a table.
    """
    single = SingleTail(tables.together[1, 1].impostors)
    found: dict[Counts, list[dict[str, Any]]] = {}
    for counts, comparisons in sorted(tables.together.items()):
        tails = [single if counts == (1, 1) else FusedTail(comparisons.impostors, single)]
        for name, of_group in tables.groups.items():
            try:
                tails.append(CautiousTail(of_group[counts].impostors, single))
            except EvaluationError as e:
                raise EvaluationError(
                    f"group {name!r}, {counts[0]} v {counts[1]} frames: {e}; add people, or leave "
                    "the group of its people empty"
                ) from e
        fewer = [found[each] for each in found if each[0] <= counts[0] and each[1] <= counts[1]]
        found[counts] = _points(tails, comparisons.genuine, fewer)
    return found


def _points(
    tails: Sequence[SingleTail], genuine: Genuine, fewer: Sequence[Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    least = -(10**_DECIMALS)
    for place, fmr in enumerate(FMRS):
        # Rounded up, and always above the looser rate's.
        steps = max(ceil(tail.threshold(fmr) * 10**_DECIMALS) for tail in tails)
        floors = (round(points[place]["cosine"] * 10**_DECIMALS) for points in fewer)
        steps = max(steps, least, *floors)
        least = steps + 1
        threshold = steps / 10**_DECIMALS
        rows.append(
            {
                "fmr": fmr,
                "cosine": threshold,
                "fnmr": round(metrics.false_non_match_rate(genuine, threshold), 4),
                "measured": all(fmr >= tail.strictest for tail in tails),
            }
        )
    return rows


def _group(
    name: str, comparisons: Comparisons, points: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return a group's own figures at the thresholds of all."""
    impostors, genuine = comparisons.impostors, comparisons.genuine
    rows = []
    for point in points:
        cosine = point["cosine"]
        fmr = shares.share_of_pairs(impostors, cosine)
        fnmr_interval = intervals.fnmr_interval(genuine, cosine)
        rows.append(
            {
                "fmr": point["fmr"],
                "cosine": cosine,
                "actual": fmr.rate and _significant(fmr.rate),
                "actual_interval": fmr.interval and [_significant(end) for end in fmr.interval],
                "confused": metrics.people_confused(impostors, cosine),
                "fnmr": round(metrics.false_non_match_rate(genuine, cosine), 4),
                "interval": [round(end, 4) for end in fnmr_interval],
            }
        )
    return {
        "group": name,
        "people": int(np.count_nonzero(impostors.template_counts + impostors.probe_counts)),
        "genuine_people": genuine.people_count,
        "comparisons": len(impostors.scores),
        "points": rows,
    }


def _significant(rate: float) -> float:
    return float(f"{rate:.3g}")


def _compact(data: Mapping[str, Any]) -> str:
    """Return JSON with one line per point, so that a diff shows the thresholds that changed."""
    text = json.dumps(data, indent=1)
    text = re.sub(r"\[[^{}\[\]]*\]", lambda row: re.sub(r"\n\s*", " ", row[0]), text)
    return re.sub(r"\{[^{}]*\}", lambda row: re.sub(r"\n\s*", " ", row[0]), text) + "\n"
