"""Thresholds at false match rates, also at those that too few comparisons reach.

Where false matches are counted, the threshold is measured. Beyond, the tail is continued:

- One frame v one, which has the most comparisons: log10(FMR) as a line of the cosine, fitted to
  the last measured decade. The true curve bends downwards, as that of a normal distribution does,
  so the line errs on the strict side.
- Fused frames: as one frame v one goes on, stretched as much as between its own measured
  thresholds. (Quantiles of the one are close to a linear function of those of the other. Cut off
  at 1e-3 and held against what was counted at 1e-4 and 3e-5, the rates came out at 0.3 to 1.05 of
  the label, with a line through the fused tail itself at 0 to 0.2: people would be refused for
  nothing.)
"""

from math import log10

import numpy as np

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import Impostors
from faceplatform.evaluation.errors import EvaluationError

# Two points a decade: `matching` draws straight lines between them, and with one a decade the
# false match rate half way was up to 1.24 times the promised one (LFW, dlib).
FMRS = (1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6, 1e-6)

# A threshold is measured where the false matches at it are of so many different pairs of people;
# ten independent events tell a rate to within about a factor of two (95 %).
LEAST_CONFUSED = 10

_GRID = 20


class SingleTail:
    """Thresholds of one frame v one.

    Attributes:
        strictest: the lowest of FMRS that is measured.

    Raises:
        EvaluationError: fewer than two of FMRS can be measured.
    """

    def __init__(self, impostors: Impostors) -> None:
        self._impostors = impostors
        self.strictest = _strictest(impostors)

    def threshold(self, fmr: float) -> float:
        if fmr >= self.strictest:
            return metrics.threshold_at(self._impostors, fmr)
        return self._continued(fmr)

    def _continued(self, fmr: float) -> float:
        fmrs = np.geomspace(self.strictest, 10 * self.strictest, _GRID)[1:]
        end = metrics.threshold_at(self._impostors, self.strictest)
        steps = np.array([end - metrics.threshold_at(self._impostors, each) for each in fmrs])
        return end + _slope(np.log10(fmrs / self.strictest), steps) * log10(self.strictest / fmr)


class FusedTail(SingleTail):
    """Thresholds of fused frames, beyond what is measured after those of one frame v one."""

    def __init__(self, impostors: Impostors, single: SingleTail) -> None:
        super().__init__(impostors)
        self._single = single

    def _continued(self, fmr: float) -> float:
        fmrs = np.geomspace(self.strictest, FMRS[0], _GRID)[1:]
        end = metrics.threshold_at(self._impostors, self.strictest)
        mine = np.array([end - metrics.threshold_at(self._impostors, each) for each in fmrs])
        single_end = self._single.threshold(self.strictest)
        single = np.array([single_end - self._single.threshold(each) for each in fmrs])
        return end + _slope(single, mine) * (self._single.threshold(fmr) - single_end)


def _slope(x: np.ndarray, y: np.ndarray) -> float:
    """Of the line through the origin that is closest to the points, by least squares."""
    return float(x @ y / (x @ x))


def _strictest(impostors: Impostors) -> float:
    """The last of the false match rates, from the loosest on, that has enough false matches."""
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
