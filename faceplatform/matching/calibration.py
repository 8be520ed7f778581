"""The meaning of cosines: thresholds as data.

It depends on the model and on the number of frames fused on each side, so
``calibration/<model>.json`` lists, for each (template frames, probe frames), the cosine at which a
share ``fmr`` of comparisons of strangers still matches: in format 2 of each labelled group among
themselves, with the rates of whole sessions and the words of the promise.
"""

import json
import logging
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from math import log10
from pathlib import Path
from typing import Any

from faceplatform.errors import ConfigurationError
from faceplatform.matching.model import RecognitionModel
from faceplatform.matching.promise import Promise, read_promise
from faceplatform.matching.session_rates import SessionRates, read_session_rates

log = logging.getLogger(__name__)

FORMAT = 2

# The false match rate at which the score reaches 1. No known calibration set goes beyond it.
_BEST_FMR = 1e-6


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """The cosine at which a share ``fmr`` of comparisons of strangers still matches.

    Attributes:
        measured: False if there were too few comparisons, and the tail was extrapolated.
    """

    fmr: float
    cosine: float
    measured: bool = True


@dataclass(frozen=True, slots=True)
class Calibration:
    """The meaning of a model's cosines.

    Attributes:
        model: key of the recognition model that it was measured with: name/version/alignment.
        points: by (template frames, probe frames), in falling FMR.
        source: description of the images that it was measured on.
        sessions: how the rate of a whole session follows from that of a look.
        promise: the people, sessions and images that the rates hold for.
    """

    model: str
    points: dict[tuple[int, int], tuple[OperatingPoint, ...]]
    source: str
    sessions: SessionRates = field(default_factory=SessionRates)
    promise: Promise = field(default_factory=Promise)

    @property
    def strictest(self) -> float:
        """The lowest false match rate measured among everybody, in any table."""
        if self.promise.strictest is not None:
            return self.promise.strictest
        return min(p.fmr for points in self.points.values() for p in points if p.measured)

    @property
    def loosest(self) -> float:
        """The highest false match rate that all tables have."""
        return min(points[0].fmr for points in self.points.values())

    def supports(self, fmr: float) -> bool:
        """Return True if a policy may choose this false match rate for one comparison.

        Nothing can be promised beyond what was measured. (A search does go beyond, since ``fmr`` is
        divided by the size of the gallery: for the extrapolation see `docs/accuracy.md`.)
        """
        return self.strictest <= fmr <= self.loosest

    def threshold(
        self,
        fmr: float,
        *,
        template_frames: int,
        probe_frames: int,
        comparisons: int = 1,
        looks: int = 1,
    ) -> float:
        """Return the least cosine of a match.

        In a search among N templates the rate of one comparison is ``fmr`` / N, so that the
        probability of any false match in the search is at most ``fmr`` (union bound). In a session
        that looks up to ``looks`` times, ``fmr`` is the rate of all looks together.

        Between calibrated points, and beyond the strictest, log10(FMR) is taken as linear in the
        cosine: the tail of the impostor distribution is close to exponential.
        """
        wanted = log10(self.sessions.look_fmr(fmr / max(comparisons, 1), looks))
        points = self._points(template_frames, probe_frames)
        for first, second in pairwise(points):
            if wanted >= log10(second.fmr) or second is points[-1]:
                slope = (second.cosine - first.cosine) / (log10(second.fmr) - log10(first.fmr))
                return first.cosine + slope * (wanted - log10(first.fmr))
        raise AssertionError("a calibration has two points or more")  # pragma: no cover

    def fmr_of(self, cosine: float, *, template_frames: int, probe_frames: int) -> float:
        """Return the share of comparisons of strangers that reach a cosine: inverts `threshold`."""
        points = self._points(template_frames, probe_frames)
        for first, second in pairwise(points):
            if cosine <= second.cosine or second is points[-1]:
                slope = (log10(second.fmr) - log10(first.fmr)) / (second.cosine - first.cosine)
                return float(min(1.0, 10 ** (log10(first.fmr) + slope * (cosine - first.cosine))))
        raise AssertionError("a calibration has two points or more")  # pragma: no cover

    def score(self, cosine: float, *, template_frames: int, probe_frames: int) -> float:
        """Return the similarity, the calibrated score, 0..1.

        It is 0.5 where one stranger in a thousand would match, and a sixth more for each further
        factor of ten.
        """
        fmr = self.fmr_of(cosine, template_frames=template_frames, probe_frames=probe_frames)
        return score_at(fmr)

    def _points(self, template_frames: int, probe_frames: int) -> tuple[OperatingPoint, ...]:
        """Return the points of these counts, else of the next larger ones, else of the largest.

        Thresholds rise with the number of fused frames, so a larger count errs on the strict side;
        beyond the largest calibrated one they would rise a little more (`docs/accuracy.md`).
        """
        templates = _at_least(template_frames, {t for t, _ in self.points})
        probes = _at_least(probe_frames, {p for t, p in self.points if t == templates})
        return self.points[templates, probes]


def score_at(fmr: float) -> float:
    """Return the similarity, 0..1, that a share ``fmr`` of comparisons of strangers reaches."""
    return max(0.0, min(1.0, log10(max(fmr, _BEST_FMR)) / log10(_BEST_FMR)))


def _at_least(count: int, calibrated: set[int]) -> int:
    return min((c for c in calibrated if c >= count), default=max(calibrated))


@lru_cache(maxsize=8)
def load_calibration(directory: Path, model: RecognitionModel) -> Calibration:
    """Read ``<directory>/<model name>.json``, and warn of a promise with gaps.

    Raises:
        ConfigurationError: the file is missing or malformed, or was measured with another version
            or alignment of the model: a meaningless threshold is never used.
    """
    calibration = read_calibration(directory / f"{model.name}.json", model)
    if gaps := calibration.promise.gaps:
        log.warning("%s.json promises false match rates for %s", model.name, "; ".join(gaps))
    return calibration


def read_calibration(path: Path, model: RecognitionModel) -> Calibration:
    """Read a calibration's file, whatever its name. For its errors see `load_calibration`."""
    try:
        calibration = _read(json.loads(path.read_text()))
    except FileNotFoundError as e:
        raise ConfigurationError(
            f"There is no calibration for {model.key} ({path.name}), so its cosines have no "
            "meaning: measure one with `manage.py evaluate --people CSV --images DIR --calibrate`"
        ) from e
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise ConfigurationError(f"No usable calibration in {path.name}: {e}") from e
    if calibration.model != str(model.key):
        raise ConfigurationError(
            f"{path.name} was measured with {calibration.model}, the engine is {model.key}"
        )
    return calibration


def _read(data: Any) -> Calibration:
    if not isinstance(data, dict):
        raise TypeError("not an object")
    version = data.get("format", 1)
    if version not in {1, FORMAT}:
        raise ValueError(f"format {version!r} is not known")
    calibration = Calibration(
        model=data["model"], points=_tables(data["tables"]), source=data["source"]
    )
    if version == 1:
        return calibration
    return replace(
        calibration,
        sessions=read_session_rates(data["sessions"]),
        promise=read_promise(data["promise"]),
    )


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
