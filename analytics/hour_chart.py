"""The outcomes of the last 24 hours as bars: where they are drawn, and the figures they show."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from analytics.models import Outcome

HOURS = 24
# In units of the drawing.
LEFT, TOP, WIDTH, HEIGHT = 56, 8, 36, 180
_GAP = 8

# By series, from below: the heading and the outcomes that it counts.
SERIES: Mapping[str, tuple[str, tuple[Outcome, ...]]] = {
    "succeeded": ("Succeeded", (Outcome.SUCCESS,)),
    "refused": ("Refused", (Outcome.FAILURE,)),
    "given-up": ("Expired or cancelled", (Outcome.EXPIRED, Outcome.CANCELLED)),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One series' part of a bar, and the series' heading."""

    series: str
    label: str
    number: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Bar:
    """An hour. ``parts`` has each series, from below, the empty ones included."""

    hour: datetime
    x: int
    parts: tuple[Part, ...]

    @property
    def total(self) -> int:
        return sum(part.number for part in self.parts)


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing that begins at (0, 0).

    Attributes:
        lines: number and height of the horizontal lines.
    """

    bars: tuple[Bar, ...]
    lines: tuple[tuple[int, int], ...]

    @property
    def total(self) -> int:
        return sum(bar.total for bar in self.bars)

    @property
    def width(self) -> int:
        return LEFT + HOURS * WIDTH

    @property
    def bar_width(self) -> int:
        return WIDTH - _GAP

    @property
    def bottom(self) -> int:
        return TOP + HEIGHT

    @property
    def busiest(self) -> Bar:
        return max(self.bars, key=lambda bar: bar.total)


def draw(counts: Iterable[tuple[datetime, str, int]], *, last: datetime) -> Chart:
    """Return the chart of 24 hours.

    Args:
        counts: hour, outcome and number of sessions, in any order.
        last: the beginning of the last hour.
    """
    by_hour: dict[datetime, Counter[str]] = {
        last - timedelta(hours=back): Counter() for back in reversed(range(HOURS))
    }
    for hour, outcome, number in counts:
        if hour in by_hour:
            by_hour[hour][outcome] += number
    top = _round_up(max(counter.total() for counter in by_hour.values()))
    bars = [
        Bar(hour, LEFT + place * WIDTH + _GAP // 2, _parts(counter, top))
        for place, (hour, counter) in enumerate(by_hour.items())
    ]
    lines = [(number, _y(number, top)) for number in (0, top // 2, top)]
    return Chart(tuple(bars), tuple(lines))


def _parts(counter: Counter[str], top: int) -> tuple[Part, ...]:
    parts, below = [], 0
    for series, (label, outcomes) in SERIES.items():
        number = sum(counter[outcome] for outcome in outcomes)
        y = _y(below + number, top)
        parts.append(Part(series, label, number, y, _y(below, top) - y))
        below += number
    return tuple(parts)


def _y(number: int, top: int) -> int:
    return TOP + HEIGHT - round(HEIGHT * number / top)


def _round_up(number: int) -> int:
    """Return the next even number of the form 2, 4, 6, 8 or 10 times a power of ten."""
    power = 1
    while 10 * power < number:
        power *= 10
    return next(step * power for step in (2, 4, 6, 8, 10) if step * power >= number)
