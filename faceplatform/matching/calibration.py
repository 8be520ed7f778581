"""What a cosine means: thresholds as data.

It differs between models and with the number of frames fused on each side, so
``calibration/<model>.json`` lists, for each (template frames, probe frames), the cosine at which a
share ``fmr`` of strangers' comparisons would still match.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log10
from pathlib import Path
from typing import Any

from faceplatform.errors import ConfigurationError
from faceplatform.matching.model import RecognitionModel

# The score is 1 from this false match rate on: beyond it no calibration set we know of reaches.
_BEST_FMR = 1e-6


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """At this cosine, this share of strangers' comparisons still matches.

    Attributes:
        measured: False where too few comparisons reach, and the tail was continued.
    """

    fmr: float
    cosine: float
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a model's cosines mean.

    Attributes:
        model: key of the recognition model (name/version/alignment) it was measured with.
        points: by (template frames, probe frames), in falling FMR.
        source: the images it was measured on, for people.
    """

    model: str
    points: dict[tuple[int, int], tuple[OperatingPoint, ...]]
    source: str

    @property
    def strictest(self) -> float:
        """The lowest false match rate that was measured, by the table that reaches furthest."""
        return min(p.fmr for points in self.points.values() for p in points if p.measured)

    @property
    def loosest(self) -> float:
        """The highest false match rate that every table has."""
        return min(points[0].fmr for points in self.points.values())

    def supports(self, fmr: float) -> bool:
        """Whether a policy may choose this false match rate of one comparison.

        Beyond what was measured nothing can be promised. (A search does go beyond, where ``fmr``
        is divided by the size of the gallery: see `docs/accuracy.md` for how the tail continues.)
        """
        return self.strictest <= fmr <= self.loosest

    def threshold(
        self, fmr: float, *, template_frames: int, probe_frames: int, comparisons: int = 1
    ) -> float:
        """The least cosine that is a match.

        For a search among N templates the rate of one comparison is ``fmr`` / N, so that the
        chance of any false match in the search stays at ``fmr`` (union bound).

        Between calibrated points, and beyond the strictest, log10(FMR) is taken as linear in the
        cosine: the tail of the impostor distribution is close to exponential.
        """
        wanted = log10(fmr / max(comparisons, 1))
        points = self._points(template_frames, probe_frames)
        for first, second in pairwise(points):
            if wanted >= log10(second.fmr) or second is points[-1]:
                slope = (second.cosine - first.cosine) / (log10(second.fmr) - log10(first.fmr))
                return first.cosine + slope * (wanted - log10(first.fmr))
        raise AssertionError("a calibration has two points or more")  # pragma: no cover

    def fmr_of(self, cosine: float, *, template_frames: int, probe_frames: int) -> float:
        """The share of strangers' comparisons that reach this cosine; inverse of `threshold`."""
        points = self._points(template_frames, probe_frames)
        for first, second in pairwise(points):
            if cosine <= second.cosine or second is points[-1]:
                slope = (log10(second.fmr) - log10(first.fmr)) / (second.cosine - first.cosine)
                return float(min(1.0, 10 ** (log10(first.fmr) + slope * (cosine - first.cosine))))
        raise AssertionError("a calibration has two points or more")  # pragma: no cover

    def score(self, cosine: float, *, template_frames: int, probe_frames: int) -> float:
        """The calibrated score, 0..1: 0.5 where one stranger in a thousand would match, and a
        sixth more for each further factor of ten."""
        fmr = self.fmr_of(cosine, template_frames=template_frames, probe_frames=probe_frames)
        return max(0.0, min(1.0, log10(max(fmr, _BEST_FMR)) / log10(_BEST_FMR)))

    def _points(self, template_frames: int, probe_frames: int) -> tuple[OperatingPoint, ...]:
        """The points of these counts, else of the next larger calibrated ones, else the largest.

        Thresholds rise with the frames fused, so a larger count errs on the strict side; beyond
        the largest calibrated one they would rise a little more (`docs/accuracy.md`).
        """
        templates = _at_least(template_frames, {t for t, _ in self.points})
        probes = _at_least(probe_frames, {p for t, p in self.points if t == templates})
        return self.points[templates, probes]


def _at_least(count: int, calibrated: set[int]) -> int:
    return min((c for c in calibrated if c >= count), default=max(calibrated))


@lru_cache(maxsize=8)
def load_calibration(directory: Path, model: RecognitionModel) -> Calibration:
    """Read ``<directory>/<model name>.json``.

    Raises:
        ConfigurationError: there is none, it is malformed, or it was measured with another
            version or alignment of the model: a threshold without a meaning is never used.
    """
    path = directory / f"{model.name}.json"
    try:
        data = json.loads(path.read_text())
        calibration = Calibration(
            model=data["model"], points=_tables(data["tables"]), source=data["source"]
        )
    except FileNotFoundError as e:
        raise ConfigurationError(
            f"There is no calibration for {model.key} ({path.name}), so its cosines have no "
            "meaning: measure one with `manage.py evaluate --pairs CSV --images DIR --calibrate`"
        ) from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise ConfigurationError(f"No usable calibration in {path.name}: {e}") from e
    if calibration.model != str(model.key):
        raise ConfigurationError(
            f"{path.name} was measured with {calibration.model}, the engine is {model.key}"
        )
    return calibration


def _tables(tables: list[dict[str, Any]]) -> dict[tuple[int, int], tuple[OperatingPoint, ...]]:
    if not tables:
        raise ValueError("there are no tables")
    return {
        (int(table["template_frames"]), int(table["probe_frames"])): _table(table["points"])
        for table in tables
    }


def _table(given: list[dict[str, Any]]) -> tuple[OperatingPoint, ...]:
    points = tuple(
        OperatingPoint(float(p["fmr"]), float(p["cosine"]), bool(p.get("measured", True)))
        for p in given
    )
    if len(points) < 2 or any(b.fmr >= a.fmr or b.cosine <= a.cosine for a, b in pairwise(points)):
        raise ValueError("points must fall in FMR and rise in cosine")
    if not points[0].measured:
        raise ValueError("the loosest point of every table must be measured")
    return points
