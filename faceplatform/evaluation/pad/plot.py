"""Error rates of a liveness check over its threshold, as an SVG image."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from faceplatform.evaluation import svg
from faceplatform.evaluation.pad.rates import THRESHOLDS, Curves

_WIDTH, _HEIGHT = 860, 480
_LEFT, _RIGHT, _TOP, _BOTTOM = 80, 250, 50, 60
_BONA_FIDE = svg.INK
_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def draw_svg(title: str, found: Curves, *, threshold: float) -> str:
    """Return the plot as SVG text: BPCER, APCER by species, and the threshold in use."""
    parts = [*_grid(), *_axis_names(), *_threshold(threshold)]
    number = 0
    if found.bpcer is not None:
        parts += [*_rate(number, "BPCER", found.bpcer, _BONA_FIDE, "")]
    for number, (species, rate) in enumerate(found.apcer.items(), start=1):
        if rate is not None:
            colour = svg.COLOURS[(number - 1) % len(svg.COLOURS)]
            dashes = svg.DASHES[(number - 1) // len(svg.COLOURS) % len(svg.DASHES)]
            parts += _rate(number, f"APCER {species}", rate, colour, dashes)
    return svg.document(title, _WIDTH, _HEIGHT, parts)


def _rate(
    number: int, name: str, rate: NDArray[np.float64], colour: str, dashes: str
) -> Sequence[str]:
    points = [(_x(t), _y(r)) for t, r in zip(THRESHOLDS.tolist(), rate.tolist(), strict=True)]
    x, y = _WIDTH - _RIGHT + 16, _TOP + 10 + 20 * number
    return [
        svg.curve(points, colour, dashes=dashes),
        *svg.legend(x, y, name, colour, dashes=dashes),
    ]


def _threshold(threshold: float) -> list[str]:
    x = _x(threshold)
    return [
        svg.line(x, _TOP, x, _HEIGHT - _BOTTOM, colour=_BONA_FIDE),
        svg.text(x, _TOP - 6, f"in use: {threshold:g}"),
    ]


def _grid() -> list[str]:
    lines = []
    for tick in _TICKS:
        x, y = _x(tick), _y(tick)
        lines += [
            svg.line(x, _TOP, x, _HEIGHT - _BOTTOM),
            svg.text(x, _HEIGHT - _BOTTOM + 20, f"{tick:g}"),
            svg.line(_LEFT, y, _WIDTH - _RIGHT, y),
            svg.text(_LEFT - 8, y + 4, f"{100 * tick:.0f} %", anchor="end"),
        ]
    return lines


def _axis_names() -> list[str]:
    across, middle = (_LEFT + _WIDTH - _RIGHT) / 2, (_TOP + _HEIGHT - _BOTTOM) / 2
    return [
        svg.text(across, _HEIGHT - 14, "threshold of the score"),
        svg.upright(20, middle, "share of the presentations that were answered"),
    ]


def _x(threshold: float) -> float:
    return _LEFT + threshold * (_WIDTH - _LEFT - _RIGHT)


def _y(rate: float) -> float:
    return _TOP + (1 - rate) * (_HEIGHT - _TOP - _BOTTOM)
