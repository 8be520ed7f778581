"""The genuine distribution of a calibration: how similar people were to themselves.

The points of ``calibration/<model>.json`` say, for each false match rate, which share of genuine
comparisons stays below its threshold (``fnmr``), and thus below its similarity.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from faceplatform.errors import ConfigurationError
from faceplatform.matching.calibration import score_at
from faceplatform.matching.model import RecognitionModel

# Similarity, and the share of genuine comparisons below it.
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class GenuineScores:
    """Shares of genuine comparisons by similarity.

    Attributes:
        tables: points in rising similarity, by (template frames, probe frames).
    """

    tables: Mapping[tuple[int, int], tuple[Point, ...]]

    def below(self, similarity: float, *, template_frames: int) -> float:
        """Return the share that stays below a similarity, with one probe frame.

        Between points it is linear. Templates of more frames than any table has take the largest
        table, others the next larger one, as `Calibration` does.
        """
        largest = max(templates for templates, _ in self.tables)
        wanted = min(t for t, _ in self.tables if t >= min(template_frames, largest))
        points = self.tables[wanted, 1]
        for (low, share), (high, further) in pairwise(((0.0, 0.0), *points)):
            if similarity <= high:
                return share + (further - share) * (similarity - low) / (high - low)
        return points[-1][1]


@lru_cache(maxsize=8)
def load_genuine_scores(directory: Path, model: RecognitionModel) -> GenuineScores | None:
    """Read the genuine distribution of ``<directory>/<model name>.json``.

    Returns:
        None if the file does not say it, as those that were not made by `manage.py evaluate`.

    Raises:
        ConfigurationError: the file is missing or malformed.
    """
    path = directory / f"{model.name}.json"
    try:
        given = json.loads(path.read_text())["tables"]
        tables = {
            (int(table["template_frames"]), 1): _points(table["points"])
            for table in given
            if int(table["probe_frames"]) == 1
        }
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise ConfigurationError(f"No usable calibration in {path.name}: {e}") from e
    return GenuineScores(tables) if tables and all(tables.values()) else None


def _points(given: Sequence[Mapping[str, Any]]) -> tuple[Point, ...]:
    """Return the points; none if one lacks its ``fnmr``."""
    if any(point.get("fnmr") is None for point in given):
        return ()
    return tuple((score_at(float(p["fmr"])), float(p["fnmr"])) for p in given)
