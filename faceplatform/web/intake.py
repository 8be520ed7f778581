"""Parsing of requests from bytes, without blocking for more."""

import re
from enum import Enum
from io import SEEK_END
from typing import Any

from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from faceplatform.web.body import AnnouncedBody, Body, ChunkedBody
from faceplatform.web.refusals import Refused, malformed, unparsed

# Most bytes of a whole header; gunicorn limits the request line and each field.
_MOST_HEAD = 32 * 1024
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_END = b"\r\n\r\n"


class Stage(Enum):
    """The part of the next request that has arrived."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"
    WHOLE = "whole"


class Intake:
    """The requests of one connection, one after the other.

    gunicorn parses each header once it is complete. Bytes after a request are kept until `next`.

    Args:
        config: gunicorn's configuration, with its limits.
        peer: the caller's address, as the socket reports it.
        most: limit on the bytes of a body.
    """

    def __init__(self, config: Config, peer: Any, *, most: int) -> None:
        self._config, self._peer, self._most = config, peer, most
        self._head = bytearray()
        self._searched = 0
        self._request: Request | None = None
        self._body: Body | None = None

    idle_seconds: int | None = None  # as gunicorn is configured

    @property
    def stage(self) -> Stage:
        if self._body is not None:
            return Stage.WHOLE if self._body.is_whole else Stage.BODY
        return Stage.HEAD if self._head else Stage.NOTHING

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return len(self._head) + (0 if self._body is None else self._body.content.tell())

    @property
    def missing(self) -> int:
        """Number of bytes of the body that must still follow."""
        return 0 if self._body is None else self._body.missing

    def feed(self, data: memoryview) -> bool:
        """Add bytes.

        Returns:
            True if the client now waits for ``100 Continue`` before it sends a body.

        Raises:
            faceplatform.web.refusals.Refused
        """
        if self._body is None:
            return self._read_head(data)
        self._head += self._body.feed(data)
        return False

    def request(self) -> Request:
        """Return the whole request, with its body in memory and a Content-Length."""
        if self._request is None or self._body is None or not self._body.is_whole:
            raise RuntimeError("the request is not whole")
        size = self._body.content.seek(0, SEEK_END)
        self._body.content.seek(0)
        self._request.body = self._body.content
        if isinstance(self._body, ChunkedBody):
            fields = [f for f in self._request.headers if f[0] != "TRANSFER-ENCODING"]
            self._request.headers = [*fields, ("CONTENT-LENGTH", str(size))]
        return self._request

    def release(self) -> None:
        """Drop the request, which has been answered, but keep the bytes that followed it."""
        if self._body is not None:
            self._body.content.close()  # also for those who still refer to it
        self._request = self._body = None

    def next(self) -> bool:
        """Continue with the bytes that followed the request; return as `feed` does."""
        followed = bytes(self._head)
        self.clear()
        return bool(followed) and self._read_head(memoryview(followed))

    def following(self) -> bytes:
        """Return the bytes that followed the request so far."""
        return bytes(self._head)

    def replies(self) -> bytes:
        """Return what is to be sent before the request is whole: nothing."""
        return b""

    def worded(self, refused: Refused) -> bytes:
        """Return a refusal as it is sent."""
        return refused.answer()

    def farewell(self) -> bytes:
        """Return what to send before the connection is closed: nothing."""
        return b""

    def clear(self) -> None:
        """Drop all bytes."""
        self._request = self._body = None
        self._head, self._searched = bytearray(), 0

    def _read_head(self, data: memoryview) -> bool:
        known = len(self._head)
        self._head += data[: _MOST_HEAD + 1 - known]  # the body after it is not copied
        end = self._head.find(_END, max(self._searched - len(_END) + 1, 0)) + len(_END)
        if end < len(_END):
            self._require_bounds()
            self._searched = len(self._head)
            return False
        self._request = self._parsed(bytes(self._head[:end]))
        self._body = self._framed(self._request)
        self._head, self._searched = bytearray(), 0
        self._head += self._body.feed(data[end - known :])
        return self._expects_to_go_on(self._request)

    def _require_bounds(self) -> None:
        """Refuse bytes that cannot become a valid header."""
        line = self._config.limit_request_line + len("\r\n")
        if _BARE_LINE_FEED.search(self._head, self._searched):
            raise malformed()
        if len(self._head) > line and b"\r\n" not in self._head[:line]:
            raise malformed(414)
        if len(self._head) > _MOST_HEAD:
            raise malformed(431)

    def _parsed(self, head: bytes) -> Request:
        source = IterUnreader([head])
        try:
            request = Request(self._config, source, self._peer)
        except (ParseException, NoMoreData) as e:
            raise unparsed(e) from e
        if source.take_buffered():  # gunicorn sees the end of the header elsewhere
            raise malformed()
        return request

    def _framed(self, request: Request) -> Body:
        fields = dict(request.headers)
        codings = [value for name, value in request.headers if name == "TRANSFER-ENCODING"]
        if not codings:
            return AnnouncedBody(int(fields.get("CONTENT-LENGTH", 0)), most=self._most)
        if [coding.lower() for coding in codings] != ["chunked"]:
            raise malformed(501)
        return ChunkedBody(most=self._most)

    def _expects_to_go_on(self, request: Request) -> bool:
        """Return True if the client waits for ``100 Continue``, and keep gunicorn from sending it.

        gunicorn would send it later, when a thread has the request.
        """
        expects = bool(request._expected_100_continue)  # noqa: SLF001
        request._expected_100_continue = False  # noqa: SLF001
        return expects and self.stage is Stage.BODY
