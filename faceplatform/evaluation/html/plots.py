"""The report's own plots, as SVG: rates by group with intervals, refusals, curves of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from faceplatform.evaluation import svg

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 200, 30, 50, 50
_ROW = 26
_NAME = 26  # characters of a name that there is room for
_SESSION_HEIGHT = 380


@dataclass(frozen=True, slots=True)
class Range:
    """A rate with its interval, in a row of `rates`.

    Attributes:
        rate: 0..1.
        low, high: 0..1; None where no interval is known.
        kind: of which rates it is one, from 0: it has a colour, and a disc or a ring.
    """

    name: str
    rate: float
    low: float | None
    high: float | None
    kind: int


@dataclass(frozen=True, slots=True)
class Stack:
    """Shares of the same whole, in a row of `shares`."""

    name: str
    parts: Sequence[float]


@dataclass(frozen=True, slots=True)
class Line:
    """Rates after 1, 2, 3 ... looks."""

    name: str
    rates: Sequence[float]


def rates(title: str, rows: Sequence[Range], kinds: Sequence[str], *, promised: float) -> str:
    """Return a plot of rates with intervals on a logarithmic axis, around a promised one.

    Args:
        kinds: names of the legend, by `Range.kind`.
    """
    axis = _Decades.around(promised, [v for r in rows for v in (r.rate, r.low, r.high) if v])
    bottom = _TOP + _ROW * (len(rows) + len(kinds)) + 10
    parts = axis.grid(_TOP + _ROW * len(kinds), bottom)
    x = axis.place(promised)
    parts.append(svg.line(x, _TOP + _ROW * len(kinds) - 8, x, bottom, colour=svg.INK))
    parts.append(svg.text(x, _TOP + _ROW * len(kinds) - 12, "promised"))
    for number, name in enumerate(kinds):
        y = _TOP + 6 + _ROW * number
        parts += [
            svg.dot(24, y, svg.COLOURS[number], filled=number == 0),
            svg.text(38, y + 4, name, anchor="start"),
        ]
    for number, row in enumerate(rows):
        y = _TOP + _ROW * (number + len(kinds)) + 18
        colour = svg.COLOURS[row.kind]
        parts.append(svg.text(_LEFT - 10, y + 4, _short(row.name), anchor="end"))
        if row.low is not None and row.high is not None:
            ends = axis.place(row.low), axis.place(row.high)
            parts.append(svg.curve([(ends[0], y), (ends[1], y)], colour))
        parts.append(svg.dot(axis.place(row.rate), y, colour, filled=row.kind == 0))
    return svg.document(title, _WIDTH, bottom + _BOTTOM, parts)


def shares(title: str, rows: Sequence[Stack], kinds: Sequence[str]) -> str:
    """Return stacked bars on an axis from 0.

    Args:
        kinds: names of the parts, in their order.
    """
    most = max([sum(row.parts) for row in rows], default=0.0) or 0.01
    top = _TOP + 20 * len(kinds) + 10
    bottom = top + _ROW * len(rows) + 10
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    parts = []
    for tick in range(5):
        x = _LEFT + tick / 4 * most * scale
        parts += [svg.line(x, top, x, bottom), svg.text(x, bottom + 20, _percent(tick / 4 * most))]
    for number, name in enumerate(kinds):
        y = _TOP + 20 * number
        parts += [
            svg.bar(24, y - 6, 14, 12, _colour(number)),
            svg.text(46, y + 4, name, anchor="start"),
        ]
    for number, row in enumerate(rows):
        y, x = top + _ROW * number + 5, float(_LEFT)
        parts.append(svg.text(_LEFT - 10, y + 14, _short(row.name), anchor="end"))
        for kind, share in enumerate(row.parts):
            parts.append(svg.bar(x, y, share * scale, _ROW - 8, _colour(kind)))
            x += share * scale
    return svg.document(title, _WIDTH, bottom + _BOTTOM, parts)


def looks(title: str, lines: Sequence[Line], *, promised: float | None = None) -> str:
    """Return curves of rates after each look, on a logarithmic axis.

    A rate of zero is drawn at the axis.
    """
    most = max((len(line.rates) for line in lines), default=1)
    values = [rate for line in lines for rate in line.rates if rate]
    axis = _Decades.around(promised or max(values, default=1e-2), values, upright=True)
    parts = axis.grid(0, 0)
    for look in range(most):
        parts.append(svg.text(_look_x(look, most), axis.bottom + 20, f"{look + 1}"))
    parts.append(svg.text((_LEFT + _WIDTH - _RIGHT) / 2, axis.bottom + 40, "looks"))
    if promised is not None:
        y = axis.place(promised)
        parts.append(svg.line(_LEFT, y, _WIDTH - _RIGHT, y, colour=svg.INK))
        parts.append(svg.text(_WIDTH - _RIGHT, y - 6, "promised", anchor="end"))
    for number, line in enumerate(lines):
        colour = _colour(number)
        dashes = svg.DASHES[number // len(svg.COLOURS) % len(svg.DASHES)]
        points = [(_look_x(look, most), axis.place(rate)) for look, rate in enumerate(line.rates)]
        parts += [
            svg.curve(points, colour, dashes=dashes),
            *(svg.dot(x, y, colour) for x, y in points),
            *svg.legend(12, _TOP + 20 * number, _short(line.name, 14), colour, dashes=dashes),
        ]
    return svg.document(title, _WIDTH, axis.bottom + 60, parts)


class _Decades:
    """A logarithmic axis over whole decades, across or upright."""

    def __init__(self, low: int, high: int, *, upright: bool = False) -> None:
        self._low, self._high, self._upright = low, high, upright
        self.bottom = _TOP + _SESSION_HEIGHT

    @classmethod
    def around(cls, rate: float, values: Sequence[float], *, upright: bool = False) -> "_Decades":
        """Return the axis with a decade on either side of a rate, or more if the values need it."""
        logs = [log10(rate) - 1, log10(rate) + 1, *map(log10, values)]
        low, high = int(min(logs) // 1), int(-(-max(logs) // 1))
        return cls(max(low, -8), min(high, 0), upright=upright)

    def place(self, rate: float) -> float:
        """Return the position of a rate in the image; rates beyond the axis are at its ends."""
        place = log10(rate) if rate > 0 else self._low
        share = (min(max(place, self._low), self._high) - self._low) / (self._high - self._low)
        if self._upright:
            return self.bottom - share * _SESSION_HEIGHT
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    def grid(self, top: float, bottom: float) -> list[str]:
        """Return its lines and labels; ``top`` and ``bottom`` are of those that stand."""
        parts = []
        for decade in range(self._low, self._high + 1):
            place, label = self.place(10.0**decade), _percent(10.0**decade)
            if self._upright:
                parts += [
                    svg.line(_LEFT, place, _WIDTH - _RIGHT, place),
                    svg.text(_LEFT - 8, place + 4, label, anchor="end"),
                ]
            else:
                parts += [
                    svg.line(place, top, place, bottom),
                    svg.text(place, bottom + 20, label),
                ]
        return parts


def _look_x(look: int, most: int) -> float:
    inner = _WIDTH - _LEFT - _RIGHT - 80
    return _LEFT + 40 + (inner * look / (most - 1) if most > 1 else inner / 2)


def _colour(number: int) -> str:
    return svg.COLOURS[number % len(svg.COLOURS)]


def _short(name: str, most: int = _NAME) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _percent(share: float) -> str:
    """Return a share in percent, with two digits that count."""
    return f"{100 * share:.2g} %" if share >= 1e-6 else f"{100 * share:.6f} %"
