"""Text is UTF-8, whatever a request declares; a body that declares something else is refused.

Django decodes query strings and form fields by whatever charset the caller names, of all that
Python knows: some make no text, some fail in ways that nobody expects. It does so when it makes
the request, where no view or middleware could tell of the failure.
"""

import codecs
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from django.utils.http import parse_header_parameters

# Latin-1 for the forms of older systems: any byte is a character of it.
_READ = {"utf-8", "ascii", "iso8859-1"}
# Of several, the last one counts; Django reads what it does not know as UTF-8.
_UNKNOWN = "; charset=unknown"


class OnlyUtf8:
    """A WSGI application whose requests declare UTF-8, or a charset that nobody knows."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        declared = environ.get("CONTENT_TYPE") or ""
        if not is_supported(declared):
            environ["CONTENT_TYPE"] = declared + _UNKNOWN
        return self._application(environ, start_response)


def is_supported(content_type: str) -> bool:
    """Whether text is read by the charset that a content type declares, if it declares one."""
    _, parameters = parse_header_parameters(content_type)
    try:
        return codecs.lookup(parameters.get("charset", "utf-8")).name in _READ
    except (LookupError, ValueError):
        return False
