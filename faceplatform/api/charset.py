"""Text is UTF-8, whatever charset a request declares; a body in another charset is refused.

Django decodes query strings and form fields with any codec of Python that the caller names: some
produce no text, some raise unexpected errors. It does so while creating the request object, where
no view or middleware could answer with an error.
"""

import codecs
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from django.utils.http import parse_header_parameters

# Latin-1 for forms of older systems: every byte is a character.
_SUPPORTED = {"utf-8", "ascii", "iso8859-1"}
# If charset is repeated, the last one wins; Django falls back to UTF-8 for an unknown one.
_UNKNOWN = "; charset=unknown"


class OnlyUtf8:
    """A WSGI wrapper whose requests declare a supported charset or an unknown one."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        declared = environ.get("CONTENT_TYPE") or ""
        if not is_supported(declared):
            environ["CONTENT_TYPE"] = declared + _UNKNOWN
        return self._application(environ, start_response)


def is_supported(content_type: str) -> bool:
    """Return True if a content type declares no charset or a supported one."""
    _, parameters = parse_header_parameters(content_type)
    try:
        return codecs.lookup(parameters.get("charset", "utf-8")).name in _SUPPORTED
    except (LookupError, ValueError):
        return False
