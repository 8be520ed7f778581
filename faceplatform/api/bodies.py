"""Reading a request's body within the limit of its view.

Views that take images set ``takes_images``, and some set a limit of their own, ``most_bytes``. All
others need a few kilobytes.
"""

import codecs
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from faceplatform.api.charset import is_supported

# Room for the longest valid request: 4096 characters of metadata, indented, and an escaped user id.
MAX_WITHOUT_IMAGE = 16 * 1024
_GZIP = b"\x1f\x8b"


class Malformed(ParseError):
    """The body cannot be parsed. The detail names the cause and repeats nothing of the body."""


class BodyTooLarge(RequestDataTooBig):
    """The body has more bytes than its view allows."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The body has more than {most:,} bytes")


class TooManyFields(TooManyFieldsSent):
    """The form has more fields than its sender may send, which is not Django's own bound."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The form has more than {most:,} fields")


class ContentEncodingUnsupported(UnsupportedMediaType):
    """The body is compressed. The answer lists the accepted encodings (RFC 9110, 15.5.16)."""

    headers = {"Accept-Encoding": "identity"}

    def __init__(self) -> None:
        super().__init__("", "The body has a Content-Encoding. Send it without compression.")


class BoundedStream:
    """A body that can be read up to the limit of its view.

    A body is refused unread if its Content-Length exceeds the limit.

    Raises:
        Malformed: the Content-Length is negative.
        BodyTooLarge
        UnsupportedMediaType: the body is compressed, or its charset is not UTF-8.
    """

    def __init__(self, stream: Any, media_type: str, context: dict[str, Any]) -> None:
        meta = context["request"].META
        if not is_supported(media_type):
            raise UnsupportedMediaType(media_type, "The request's charset is not UTF-8.")
        if meta.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in {"", "identity"}:
            raise ContentEncodingUnsupported
        self._stream, self._most = stream, limit_of(context["view"])
        self._left = self._most
        if _announced(meta) > self._most:  # also if chunked: the web server adds the length
            raise BodyTooLarge(self._most)

    def read(self, size: int, /) -> bytes:
        piece: bytes = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise BodyTooLarge(self._most)
        return piece

    def read_all(self) -> bytes:
        """Return the whole body without its byte order mark."""
        pieces = []
        while piece := self.read(self._left + 1):
            pieces.append(piece)
        return b"".join(pieces).removeprefix(codecs.BOM_UTF8)


def limit_of(view: Any) -> int:
    """Return the largest body size that the view allows, in bytes."""
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if getattr(view, "takes_images", False):
        return most
    return min(most, getattr(view, "most_bytes", MAX_WITHOUT_IMAGE))


def forget(request: Any) -> None:
    """Drop the references to a request's parsed body, once it is answered.

    REST framework's requests refer to themselves, so images of many megabytes would otherwise stay
    in memory until Python's next garbage collection.
    """
    nothing: MultiValueDict[str, Any] = MultiValueDict()
    request._data = request._full_data = request._files = nothing
    inner = request._request
    inner._post = inner._files = nothing
    inner._upload_handlers = []  # each holds the file it created


def text_of(body: bytes, encoding: str) -> str:
    """Decode a body.

    Raises:
        Malformed
    """
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as e:
        if body.startswith(_GZIP):
            raise Malformed("The body is compressed. Send it without compression.") from e
        raise Malformed("The body is not UTF-8 text") from e


def _announced(meta: dict[str, Any]) -> int:
    length = int(meta.get("CONTENT_LENGTH") or 0)
    if length < 0:
        raise Malformed("The Content-Length is negative")
    return length
