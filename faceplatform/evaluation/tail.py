"""Thresholds at false match rates, including rates with too few comparisons.

With enough false matches the threshold is measured. Beyond, the tail is extrapolated:

- One frame against one, which has the most comparisons: log10(FMR) as a linear function of the
  cosine, fitted to the last measured decade. The true curve bends downwards, as that of a normal
  distribution does, so the line errs on the strict side.
- Fused frames: like one frame against one, stretched by the ratio of the measured thresholds.
  (Quantiles of the one are close to a linear function of those of the other. Cut off at 1e-3 and
  compared with the counts at 1e-4 and 3e-5, the rates were 0.3 to 1.05 of the label; with a line
  through the fused tail itself 0 to 0.2, which would refuse people for nothing.)
"""

from math import log10

import numpy as np

from faceplatform.evaluation import intervals, metrics
from faceplatform.evaluation.comparisons import Impostors
from faceplatform.evaluation.errors import EvaluationError

# Two points per decade: `matching` interpolates linearly, and with one per decade the false match
# rate halfway was up to 1.24 times the promised one (LFW, dlib).
FMRS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)

# A threshold counts as measured if its false matches are of this many different pairs of people:
# ten independent events determine a rate to within about a factor of two (95 %).
LEAST_CONFUSED = 10

_GRID = 20


class SingleTail:
    """Thresholds of one frame against one.

    Attributes:
        strictest: the lowest measured rate of FMRS.

    Raises:
        EvaluationError: fewer than two of FMRS can be measured.
    """

    def __init__(self, impostors: Impostors) -> None:
        self._impostors = impostors
        self.strictest = _strictest(impostors)

    def threshold(self, fmr: float) -> float:
        if fmr >= self.strictest:
            return metrics.threshold_at(self._impostors, fmr)
        return self._extrapolate(fmr)

    def _extrapolate(self, fmr: float) -> float:
        fmrs = np.geomspace(self.strictest, 10 * self.strictest, _GRID)[1:]
        end = metrics.threshold_at(self._impostors, self.strictest)
        steps = np.array([end - metrics.threshold_at(self._impostors, each) for each in fmrs])
        return end + _slope(np.log10(fmrs / self.strictest), steps) * log10(self.strictest / fmr)


class FusedTail(SingleTail):
    """Thresholds of fused frames, extrapolated like those of one frame against one."""

    def __init__(self, impostors: Impostors, single: SingleTail) -> None:
        super().__init__(impostors)
        self._single = single

    def _extrapolate(self, fmr: float) -> float:
        fmrs = np.geomspace(self.strictest, FMRS[0], _GRID)[1:]
        end = metrics.threshold_at(self._impostors, self.strictest)
        mine = np.array([end - metrics.threshold_at(self._impostors, each) for each in fmrs])
        single_end = self._single.threshold(self.strictest)
        single = np.array([single_end - self._single.threshold(each) for each in fmrs])
        return end + _slope(single, mine) * (self._single.threshold(fmr) - single_end)


class CautiousTail(FusedTail):
    """Thresholds of a group, at the upper end of their 95 % intervals over draws of its people.

    So the group's false match rate is at most the promised one with 97.5 % confidence, and the
    fewer the people, the stricter the threshold. Beyond the measured rates it goes on from there.
    """

    def __init__(self, impostors: Impostors, single: SingleTail) -> None:
        super().__init__(impostors, single)
        measured = [fmr for fmr in FMRS if fmr >= self.strictest]
        self._upper = intervals.highest_thresholds(impostors, measured)

    def threshold(self, fmr: float) -> float:
        """Return the threshold of one of FMRS."""
        if fmr >= self.strictest:
            return self._upper[fmr]
        end = metrics.threshold_at(self._impostors, self.strictest)
        return self._upper[self.strictest] + self._extrapolate(fmr) - end


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Return the slope of the line through the origin that fits the points by least squares."""
    return float(x @ y / (x @ x))


def _strictest(impostors: Impostors) -> float:
    """Return the strictest false match rate with enough false matches."""
    found = []
    for fmr in FMRS:
        if fmr * len(impostors.scores) < LEAST_CONFUSED:
            break
        threshold = metrics.threshold_at(impostors, fmr)
        if metrics.people_confused(impostors, threshold) < LEAST_CONFUSED:
            break
        found.append(fmr)
    if len(found) < 2:
        raise EvaluationError(
            f"{len(impostors.scores)} comparisons of strangers are too few for a calibration"
        )
    return found[-1]
