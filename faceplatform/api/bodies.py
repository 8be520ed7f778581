"""A request's body, read within the bounds that its view declares.

A view that takes no picture has no use for more than a few kilobytes. One that does says so with
``takes_pictures``.
"""

import codecs
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from faceplatform.api.charset import is_read

# The longest valid one: 4096 characters of metadata, indented, and a user id of escapes.
_WITHOUT_PICTURE = 16 * 1024
_GZIP = b"\x1f\x8b"


class Malformed(ParseError):
    """The detail names the cause in words of ours, and repeats nothing of the body."""


class BodyTooLarge(RequestDataTooBig):
    """The body has more bytes than its view takes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"The body has more than {most:,} bytes")


class ContentEncodingUnsupported(UnsupportedMediaType):
    """RFC 9110, section 15.5.16: the answer says which encodings there are."""

    headers = {"Accept-Encoding": "identity"}

    def __init__(self) -> None:
        super().__init__("", "The body has a Content-Encoding. Send it without compression.")


class BoundedStream:
    """A body of which no more bytes can be read than its view takes.

    Raises:
        Malformed: the announced length is none.
        BodyTooLarge: more was announced, before anything is read; or more comes in chunks.
        UnsupportedMediaType: the body is compressed, or its charset is not UTF-8.
    """

    def __init__(self, stream: Any, media_type: str, context: dict[str, Any]) -> None:
        meta = context["request"].META
        if not is_read(media_type):
            raise UnsupportedMediaType(media_type, "The request's charset is not UTF-8.")
        if meta.get("HTTP_CONTENT_ENCODING", "").strip().lower() not in {"", "identity"}:
            raise ContentEncodingUnsupported
        self._stream, self._most = stream, limit_of(context["view"])
        self._left = self._most
        # A body in chunks announces nothing: `ReadChunked` puts the most there can be.
        if "HTTP_TRANSFER_ENCODING" not in meta and _announced(meta) > self._most:
            raise BodyTooLarge(self._most)

    def read(self, size: int, /) -> bytes:
        piece: bytes = self._stream.read(size)
        self._left -= len(piece)
        if self._left < 0:
            raise BodyTooLarge(self._most)
        return piece

    def read_all(self) -> bytes:
        """The whole body, without the mark that some editors and platforms put before UTF-8."""
        pieces = []
        while piece := self.read(self._left + 1):
            pieces.append(piece)
        return b"".join(pieces).removeprefix(codecs.BOM_UTF8)


def limit_of(view: Any) -> int:
    """How many bytes a body for the view may have."""
    most: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return most if getattr(view, "takes_pictures", False) else min(most, _WITHOUT_PICTURE)


def text_of(body: bytes, encoding: str) -> str:
    """The text of a body.

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
        raise Malformed("The Content-Length is not a length")
    return length
