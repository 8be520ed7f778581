"""The screens of the capture page, listed from its code and that of the element on it."""

import re
from pathlib import Path

from capture import __file__ as capture_app

_PAGE = Path(capture_app).parent / "static" / "capture"
_ELEMENT = Path(__file__).parents[3] / "sdk" / "javascript" / "src"
_TEXT = re.compile(r'^ +(\w+): "(.+)",$', re.MULTILINE)
_SHOWN = re.compile(r'#show(?:Trouble)?\("(\w+)"')


def texts() -> dict[str, str]:
    """Return the English texts of the page and of the element, by their keys."""
    files = (_PAGE / "texts" / "en.js", _ELEMENT / "texts" / "en.js")
    return {key: text for file in files for key, text in _TEXT.findall(file.read_text())}


def names() -> set[str]:
    """Return the names of all screens: those that the element tells by `screen`, with one for each
    end; and those that have a title of their own among the texts, such as `page_used`."""
    shown = set(_SHOWN.findall((_ELEMENT / "element.js").read_text())) - {"ended"}
    titled = {key.removesuffix("_title") for key in texts() if key.endswith("_title")}
    return shown | titled
