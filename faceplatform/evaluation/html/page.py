"""The page: its frame, its style in light and dark, and the elements that reports are made of.

Every text is escaped here; callers pass plain text, and SVG only from `evaluation.svg`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from faceplatform.evaluation import svg

# In the dark, plots keep their shapes and change their colours.
_DARK = {
    svg.INK: "#e6e6e6",
    svg.PAPER: "#16181b",
    svg.GRID: "#44484d",
    **dict(zip(svg.COLOURS, ("#6db3e8", "#f0937b", "#7fcf8c", "#c39be0", "#e0c04a"), strict=True)),
}
_STYLE = """
:root { color-scheme: light dark;
  --ink: #222222; --paper: #ffffff; --line: #c9c9c9; --soft: #f3f4f6 }
body { color: var(--ink); background: var(--paper); font: 16px/1.5 system-ui, sans-serif;
  max-width: 60rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.25rem; margin-top: 2.5rem }
a { color: inherit }
.wide { overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem }
th, td { border: 1px solid var(--line); padding: .3rem .6rem;
  text-align: right; white-space: nowrap }
th[scope=row], thead th:first-child { text-align: left }
thead th { background: var(--soft) }
figure { margin: 1rem 0 } figcaption { font-size: .9rem }
svg { max-width: 100%; height: auto }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page with a heading.

    Attributes:
        name: of its anchor: letters, digits and hyphens.
        heading: plain text.
        parts: HTML, from the functions of this module.
    """

    name: str
    heading: str
    parts: Sequence[str]


def document(title: str, lead: Sequence[str], sections: Sequence[Section]) -> str:
    """Return the file's text.

    Args:
        title: plain text.
        lead: HTML before the list of contents.
    """
    contents = "".join(
        f'<li><a href="#{part.name}">{escape(part.heading)}</a></li>' for part in sections
    )
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE}{_dark()}</style>",
            "</head>",
            "<body>",
            f"<header><h1>{escape(title)}</h1></header>",
            "<main>",
            *lead,
            f'<nav aria-label="Contents"><ul>{contents}</ul></nav>',
            *map(_section, sections),
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )


def paragraph(text: str) -> str:
    """Return a paragraph of plain text."""
    return f"<p>{escape(text)}</p>"


def bullets(texts: Sequence[str]) -> str:
    """Return a list of plain texts."""
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>"


def table(caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table of plain texts; the first cell of each row names it."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(first)}</th>'
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for first, *cells in rows
    )
    return (
        f'<div class="wide" role="region" aria-label="{escape(caption)}" tabindex="0"><table>'
        f"<caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def figure(plot: str, caption: str) -> str:
    """Return a plot, SVG text whose title is its alternative text, with a caption."""
    return f"<figure>{plot}<figcaption>{escape(caption)}</figcaption></figure>"


def _section(part: Section) -> str:
    return "\n".join(
        [
            f'<section id="{part.name}">',
            f"<h2>{escape(part.heading)}</h2>",
            *part.parts,
            "</section>",
        ]
    )


def _dark() -> str:
    """Return the style in the dark: CSS goes before the attributes that SVG is drawn with."""
    plots = "".join(
        f'svg [fill="{light}"] {{ fill: {dark} }} svg [stroke="{light}"] {{ stroke: {dark} }}\n'
        for light, dark in _DARK.items()
    )
    return (
        "@media (prefers-color-scheme: dark) {\n:root { --ink: #e6e6e6; --paper: #16181b; "
        f"--line: #44484d; --soft: #23262a }}\n{plots}}}\n"
    )
