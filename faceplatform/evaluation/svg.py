"""Elements of plots as SVG text.

Written by hand: a plotting library would be the largest dependency of the project.
"""

from collections.abc import Sequence
from html import escape

COLOURS = ("#1b6ca8", "#c8553d", "#3a7d44", "#7b4b94", "#a17c00")
# When the colours are used up, they come again with other dashes.
DASHES = ("", "7 4", "2 3")
INK, PAPER, GRID = "#222222", "#ffffff", "#d5d5d5"


def document(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    """Return a plot with its title above it."""
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="sans-serif" font-size="13" '
            'role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{width}" height="{height}" fill="{PAPER}"/>',
            text(width / 2, 28, title, size=15),
            *parts,
            "</svg>",
            "",
        ]
    )


def line(x1: float, y1: float, x2: float, y2: float, *, colour: str = GRID) -> str:
    """Return a straight line; by default one of a grid."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def curve(points: Sequence[tuple[float, float]], colour: str, *, dashes: str = "") -> str:
    """Return a curve through points of the image."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="2"'
        f"{_dashed(dashes)}/>"
    )


def dot(x: float, y: float, colour: str, *, filled: bool = True) -> str:
    """Return a point of a plot, as a disc or as a ring."""
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" stroke="{colour}" stroke-width="2" '
        f'fill="{colour if filled else PAPER}"/>'
    )


def bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    """Return a filled rectangle."""
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'
    )


def legend(x: float, y: float, name: str, colour: str, *, dashes: str = "") -> list[str]:
    """Return one entry of a legend, its left end at a point."""
    return [
        f'<line x1="{x}" y1="{y}" x2="{x + 24}" y2="{y}" stroke="{colour}" stroke-width="2"'
        f"{_dashed(dashes)}/>",
        text(x + 32, y + 4, name, anchor="start"),
    ]


def text(x: float, y: float, words: str, *, anchor: str = "middle", size: int = 13) -> str:
    """Return one line of text."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{INK}">{escape(words)}</text>'
    )


def upright(x: float, y: float, words: str) -> str:
    """Return a line of text that is read from below, for a vertical axis."""
    return f'<g transform="rotate(-90 {x} {y})">{text(x, y, words)}</g>'


def _dashed(dashes: str) -> str:
    return f' stroke-dasharray="{dashes}"' if dashes else ""
