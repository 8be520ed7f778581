"""Numbers and names as the report's readers read them."""

from collections.abc import Sequence
from math import floor, log10

_SHOWN = 60  # characters of a group's name


def named(group: str) -> str:
    """Return the name of a group; that of everybody, which is "", is in words."""
    name = group or "everybody"
    return name if len(name) <= _SHOWN else f"{name[: _SHOWN - 1]}…"


def count(number: int) -> str:
    return f"{number:,}"


def share(value: float | None) -> str:
    """Return a share in percent: two digits that count, or two decimals above 1 %."""
    return "not known" if value is None else f"{_percent(value)} %"


def interval(ends: Sequence[float] | None) -> str:
    """Return the two ends of an interval in percent."""
    return "not known" if ends is None else f"{_percent(ends[0])} to {_percent(ends[1])} %"


def with_interval(value: float | None, ends: Sequence[float] | None) -> str:
    """Return "0.1 % (0.08 to 0.12)"."""
    if value is None or ends is None:
        return share(value)
    return f"{share(value)} ({_percent(ends[0])} to {_percent(ends[1])})"


def rate_name(rate: float) -> str:
    """Return "0.1 %" for 0.001."""
    return f"{100 * rate:g} %"


def _percent(share: float) -> str:
    percent = 100 * share
    decimals = 2 if percent == 0 or percent >= 1 else min(8, 1 - floor(log10(percent)))
    return f"{percent:.{decimals}f}"
