"""The detection error trade-off as an SVG image: FNMR over FMR, both axes logarithmic."""

from collections.abc import Mapping, Sequence
from math import log10

import numpy as np

from faceplatform.evaluation import metrics, svg
from faceplatform.evaluation.comparisons import Comparisons

_WIDTH, _HEIGHT = 640, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 36, 50, 60
_FMR_DECADES = (-6, 0)
_FNMR_DECADES = (-4, 0)
# Curves end at this number of false matches: with fewer, a single one would bend them.
_LEAST_FALSE_MATCHES = 10
_STEPS = 240

Point = tuple[float, float]


def draw_svg(title: str, curves: Mapping[str, Comparisons]) -> str:
    """Return the plot as SVG text.

    Args:
        curves: by their names in the legend.
    """
    return draw_points(title, {label: trade_off(found) for label, found in curves.items()})


def draw_points(title: str, curves: Mapping[str, Sequence[Point]]) -> str:
    """Return the same plot of given points (FMR, FNMR), in rising FMR."""
    parts = [*_grid(), *_axis_names()]
    for number, (label, points) in enumerate(curves.items()):
        colour = svg.COLOURS[number % len(svg.COLOURS)]
        dashes = svg.DASHES[number // len(svg.COLOURS) % len(svg.DASHES)]
        name = label if any(fnmr for _, fnmr in points) else f"{label} (no miss)"
        x, y = _WIDTH - _RIGHT - 190, _TOP + 20 + 20 * number
        parts += [_curve(points, colour, dashes), *svg.legend(x, y, name, colour, dashes=dashes)]
    return svg.document(title, _WIDTH, _HEIGHT, parts)


def trade_off(comparisons: Comparisons, *, steps: int = _STEPS) -> list[Point]:
    """Return (FMR, FNMR) from the strictest measured threshold to the loosest."""
    impostors, genuine = comparisons.impostors, comparisons.genuine
    lowest = min(0.5, _LEAST_FALSE_MATCHES / len(impostors.scores))
    found = []
    for fmr in np.geomspace(lowest, 0.999, steps):
        threshold = metrics.threshold_at(impostors, float(fmr))
        found.append((float(fmr), metrics.false_non_match_rate(genuine, threshold)))
    return found


def _curve(points: Sequence[Point], colour: str, dashes: str) -> str:
    least_fmr, least_fnmr = 10.0 ** _FMR_DECADES[0], 10.0 ** _FNMR_DECADES[0]
    shown = [(_x(x), _y(y)) for x, y in points if x >= least_fmr and y >= least_fnmr]
    return svg.curve(shown, colour, dashes=dashes)


def _grid() -> list[str]:
    lines = []
    for decade in range(_FMR_DECADES[0], _FMR_DECADES[1] + 1):
        x = _x(10.0**decade)
        lines.append(svg.line(x, _TOP, x, _HEIGHT - _BOTTOM))
        lines.append(svg.text(x, _HEIGHT - _BOTTOM + 20, _share(decade)))
    for decade in range(_FNMR_DECADES[0], _FNMR_DECADES[1] + 1):
        y = _y(10.0**decade)
        lines.append(svg.line(_LEFT, y, _WIDTH - _RIGHT, y))
        lines.append(svg.text(_LEFT - 8, y + 4, _share(decade), anchor="end"))
    return lines


def _axis_names() -> list[str]:
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    across = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        svg.text(across, _HEIGHT - 14, "false match rate (FMR)"),
        svg.upright(20, middle, "false non-match rate (FNMR)"),
    ]


def _share(decade: int) -> str:
    """Return a power of ten in percent, as short as possible."""
    return f"{100 * 10.0**decade:.4f}".rstrip("0").rstrip(".") + " %"


def _x(fmr: float) -> float:
    low, high = _FMR_DECADES
    return _LEFT + (log10(fmr) - low) / (high - low) * (_WIDTH - _LEFT - _RIGHT)


def _y(fnmr: float) -> float:
    low, high = _FNMR_DECADES
    return _TOP + (high - log10(fnmr)) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)
