"""The framing and the content of a request's body."""

from io import BytesIO
from typing import Protocol

from gunicorn.asgi.parser import ParseError, PythonProtocol

from faceplatform.web.refusals import malformed, too_large

_CHUNKED_HEAD = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
# Most bytes of chunk framing in addition to the content. A chunk costs the loop four microseconds,
# even if it has one byte. Chunks of 100 bytes, as careless clients send, stay within the limit.
_FRAMING_BYTES, _FRAMING_SHARE = 64 * 1024, 8


class Content(BytesIO):
    """A buffer that is emptied once it has been read to the end: its reader has a copy."""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.tell() == self.getbuffer().nbytes:
            self.seek(0)
            self.truncate()
        return data


class Body(Protocol):
    content: Content

    @property
    def is_whole(self) -> bool: ...

    @property
    def missing(self) -> int:
        """Number of bytes that must still follow; 0 if the body is whole."""

    def feed(self, data: memoryview) -> bytes:
        """Add bytes; return those that follow the body.

        Raises:
            faceplatform.web.refusals.Refused
        """


class AnnouncedBody:
    """A body with a Content-Length."""

    def __init__(self, length: int, *, most: int) -> None:
        if length > most:
            raise too_large()
        self.content = Content()
        self.missing = length

    @property
    def is_whole(self) -> bool:
        return self.missing == 0

    def feed(self, data: memoryview) -> bytes:
        taken = self.content.write(data[: self.missing])
        self.missing -= taken
        return bytes(data[taken:])


class ChunkedBody:
    """A chunked body, decoded as it arrives."""

    def __init__(self, *, most: int) -> None:
        self.content = Content()
        self._most, self._received = most, 0
        self._chunks = PythonProtocol(on_body=self.content.write)
        self._chunks.feed(_CHUNKED_HEAD)

    @property
    def is_whole(self) -> bool:
        return bool(self._chunks.is_complete)

    @property
    def missing(self) -> int:
        return 0 if self.is_whole else 1

    def feed(self, data: memoryview) -> bytes:
        try:
            self._chunks.feed(data)
        except ParseError as e:
            raise malformed() from e
        rest = bytes(self._chunks.remaining())
        self._received += len(data) - len(rest)
        self._require_bounds()
        return rest

    def _require_bounds(self) -> None:
        size = self.content.tell()
        if size > self._most:
            raise too_large()
        if self._received - size > _FRAMING_BYTES + size // _FRAMING_SHARE:
            raise malformed()
