"""The colours of a client's capture page, and the contrast between them (WCAG 2.2)."""

import re
from collections.abc import Mapping

NAMES = ("accent", "background", "text")
# Success criterion 1.4.3, level AA, of text that is not large.
LEAST_CONTRAST = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}")


def is_colour(text: str) -> bool:
    """Return True for `#rrggbb` in lower case."""
    return _HEX.fullmatch(text) is not None


def contrast(a: str, b: str) -> float:
    """Return the contrast ratio of two colours, 1..21, as WCAG 2.2 defines it."""
    darker, lighter = sorted((_luminance(a), _luminance(b)))
    return (lighter + 0.05) / (darker + 0.05)


def unreadable(colours: Mapping[str, str]) -> str:
    """Return the name of the colour that cannot be read on the background; "" if both can.

    Buttons show the background's colour on the accent, so the accent is one of them.
    """
    background = colours["background"]
    for name in ("text", "accent"):
        if contrast(colours[name], background) < LEAST_CONTRAST:
            return name
    return ""


def _luminance(colour: str) -> float:
    """Return the relative luminance 0..1 of sRGB."""
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
