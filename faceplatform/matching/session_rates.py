"""From the false match rate of a whole session to that of each look.

A session compares after each of its frames, and every look is another chance for a stranger. Looks
share frames, so together they let in less than their sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import log10
from typing import Any


@dataclass(frozen=True, slots=True)
class SessionPoint:
    """Sessions let in a share ``fmr`` of strangers if each look has the rate ``look_fmr``.

    Attributes:
        measured: False if too few strangers got in, and the looks' rates were added up.
    """

    fmr: float
    look_fmr: float
    measured: bool = True


@dataclass(frozen=True, slots=True)
class SessionRates:
    """The rates of sessions, as they were measured.

    Attributes:
        points: by number of looks, in falling FMR.
    """

    points: Mapping[int, tuple[SessionPoint, ...]] = field(default_factory=dict)

    def look_fmr(self, fmr: float, looks: int) -> float:
        """Return the false match rate of each look with which a session lets in at most ``fmr``.

        Between two points both rates are taken as linear in their logarithms. Beyond the measured
        points and numbers of looks the rates of the looks are added up (union bound).
        """
        if looks <= 1:
            return fmr
        bound = fmr / looks
        points = self.points.get(looks, ())
        for first, second in pairwise(points):
            if first.fmr >= fmr >= second.fmr:
                share = log10(fmr / first.fmr) / log10(second.fmr / first.fmr)
                step = log10(second.look_fmr / first.look_fmr)
                return max(bound, float(first.look_fmr * 10 ** (share * step)))
        return bound


def read_session_rates(sessions: Sequence[Mapping[str, Any]]) -> SessionRates:
    """Read the member ``sessions`` of a calibration's file.

    Of the same number of looks at templates of different sizes the strictest points count.

    Raises:
        ValueError: points do not fall, or a look has a higher rate than its session.
    """
    points: dict[int, tuple[SessionPoint, ...]] = {}
    for session in sessions:
        looks, found = int(session["looks"]), _points(session["points"])
        points[looks] = _stricter(points.get(looks, ()), found)
    return SessionRates(points)


def _points(given: Sequence[Mapping[str, Any]]) -> tuple[SessionPoint, ...]:
    points = tuple(
        SessionPoint(float(p["fmr"]), float(p["look_fmr"]), bool(p.get("measured", True)))
        for p in given
    )
    falls = all(b.fmr < a.fmr and b.look_fmr < a.look_fmr for a, b in pairwise(points))
    if len(points) < 2 or not falls or any(p.look_fmr > p.fmr for p in points):
        raise ValueError("points of sessions must fall, and a look have no higher rate than all")
    return points


def _stricter(a: tuple[SessionPoint, ...], b: tuple[SessionPoint, ...]) -> tuple[SessionPoint, ...]:
    """Return the points of the curve that allows less to each look, rate by rate."""
    if not a:
        return b
    if [p.look_fmr for p in a] != [p.look_fmr for p in b]:
        raise ValueError("sessions of as many looks must list the same rates of a look")
    return tuple(max(pair, key=lambda p: p.fmr) for pair in zip(a, b, strict=True))
