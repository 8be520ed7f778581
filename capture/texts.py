"""The keys of the page's texts, which a client may word in its own way.

The texts are in JavaScript, where the page reads them: English has every key.
"""

import re
from functools import cache
from pathlib import Path

from django.conf import settings

_KEY = re.compile(r'^  "?([a-z][a-z0-9_.]*)"?:', re.MULTILINE)
_OF_PAGE = Path(__file__).with_name("static") / "capture" / "texts" / "en.js"


@cache
def known_keys() -> frozenset[str]:
    """Return the keys of the texts of the capture element and of its page."""
    of_element = settings.BASE_DIR / "sdk" / "javascript" / "src" / "texts" / "en.js"
    return frozenset(_KEY.findall(of_element.read_text()) + _KEY.findall(_OF_PAGE.read_text()))
