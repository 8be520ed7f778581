"""Request bodies with limits: REST framework's own parsers read as much as they are sent."""

from math import isfinite
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework import parsers
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from faceplatform.api.charset import is_read

# Nothing in this API is nested deeper than a caller's metadata.
_MAX_DEPTH = 32


class _Bounded(parsers.BaseParser):
    """Refuses a body by its announced length and charset, before a byte of it is read.

    The server hands out no more than was announced, so the header cannot lie.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        if not is_read(media_type or ""):
            raise UnsupportedMediaType(media_type, "The request's charset is not UTF-8.")
        length = parser_context["request"].META.get("CONTENT_LENGTH") or 0
        if int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        return super().parse(stream, media_type, parser_context)


class JSONParser(_Bounded, parsers.JSONParser):
    """JSON that can be stored and given out again."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as e:
            raise ParseError("The JSON is nested too deeply") from e
        _check(data)
        return data


class FormParser(_Bounded, parsers.FormParser):
    pass


class MultiPartParser(_Bounded, parsers.MultiPartParser):
    pass


def _check(data: Any) -> None:
    """Raise ParseError for what Python reads and neither a database nor UTF-8 can hold."""
    nodes = [(data, 0)]
    while nodes:
        node, depth = nodes.pop()
        if depth > _MAX_DEPTH:
            raise ParseError("The JSON is nested too deeply")
        if isinstance(node, dict):
            nodes += [(child, depth + 1) for pair in node.items() for child in pair]
        elif isinstance(node, list):
            nodes += [(child, depth + 1) for child in node]
        elif isinstance(node, float) and not isfinite(node):
            raise ParseError("The JSON holds a number out of range")
        elif isinstance(node, str) and not _is_text(node):
            raise ParseError("The JSON holds half of a surrogate pair")


def _is_text(string: str) -> bool:
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return True
