"""The detection error trade-off as an SVG image: FNMR over FMR, both axes logarithmic.

Written by hand: a plotting library would be the largest dependency of the project.
"""

from collections.abc import Mapping, Sequence
from html import escape
from math import log10

import numpy as np

from faceplatform.evaluation import metrics
from faceplatform.evaluation.comparisons import Comparisons

_WIDTH, _HEIGHT = 640, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 36, 50, 60
_FMR_DECADES = (-6, 0)
_FNMR_DECADES = (-4, 0)
_COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7b4b94", "#a17c00")
# Curves end at this number of false matches: with fewer, a single one would bend them.
_LEAST_FALSE_MATCHES = 10
_STEPS = 240


def draw_svg(title: str, curves: Mapping[str, Comparisons]) -> str:
    """Return the plot as SVG text.

    Args:
        curves: by their names in the legend.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'width="{_WIDTH}" height="{_HEIGHT}" font-family="sans-serif" font-size="13" role="img">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        _text(_WIDTH / 2, 28, title, size=15),
        *_grid(),
        *_axis_names(),
    ]
    for number, (label, comparisons) in enumerate(curves.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        points = trade_off(comparisons)
        name = label if any(fnmr for _, fnmr in points) else f"{label} (no miss)"
        parts += [_curve(points, colour), *_legend(number, name, colour)]
    return "\n".join([*parts, "</svg>", ""])


def trade_off(comparisons: Comparisons) -> list[tuple[float, float]]:
    """Return (FMR, FNMR) from the strictest measured threshold to the loosest."""
    impostors, genuine = comparisons.impostors, comparisons.genuine
    lowest = min(0.5, _LEAST_FALSE_MATCHES / len(impostors.scores))
    found = []
    for fmr in np.geomspace(lowest, 0.999, _STEPS):
        threshold = metrics.threshold_at(impostors, float(fmr))
        found.append((float(fmr), metrics.false_non_match_rate(genuine, threshold)))
    return found


def _curve(points: Sequence[tuple[float, float]], colour: str) -> str:
    floor = 10.0 ** _FNMR_DECADES[0]
    drawn = " ".join(f"{_x(fmr):.1f},{_y(fnmr):.1f}" for fmr, fnmr in points if fnmr >= floor)
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _grid() -> list[str]:
    lines = []
    for decade in range(_FMR_DECADES[0], _FMR_DECADES[1] + 1):
        x = _x(10.0**decade)
        lines.append(_line(x, _TOP, x, _HEIGHT - _BOTTOM))
        lines.append(_text(x, _HEIGHT - _BOTTOM + 20, _share(decade)))
    for decade in range(_FNMR_DECADES[0], _FNMR_DECADES[1] + 1):
        y = _y(10.0**decade)
        lines.append(_line(_LEFT, y, _WIDTH - _RIGHT, y))
        lines.append(_text(_LEFT - 8, y + 4, _share(decade), anchor="end"))
    return lines


def _axis_names() -> list[str]:
    middle = (_TOP + _HEIGHT - _BOTTOM) / 2
    across = (_LEFT + _WIDTH - _RIGHT) / 2
    return [
        _text(across, _HEIGHT - 14, "false match rate (FMR)"),
        f'<g transform="rotate(-90 20 {middle})">'
        + _text(20, middle, "false non-match rate (FNMR)")
        + "</g>",
    ]


def _legend(number: int, name: str, colour: str) -> list[str]:
    x, y = _WIDTH - _RIGHT - 190, _TOP + 20 + 20 * number
    return [
        f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{colour}" stroke-width="2"/>',
        _text(x + 32, y + 4, name, anchor="start"),
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


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#d5d5d5"/>'


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: int = 13) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="#222222">{escape(text)}</text>'
    )
