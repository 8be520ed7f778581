"""Bytes in, requests out, without ever waiting for more."""

import re
from enum import Enum
from io import SEEK_END
from typing import Any

from gunicorn.config import Config
from gunicorn.http.errors import NoMoreData, ParseException
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader

from faceplatform.web.body import AnnouncedBody, Body, ChunkedBody
from faceplatform.web.refusals import malformed, unparsed

# A header in all; gunicorn bounds the line and each field.
_MOST_HEAD = 32 * 1024
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")
_END = b"\r\n\r\n"


class Stage(Enum):
    """How much of the next request is there."""

    NOTHING = "nothing"
    HEAD = "head"
    BODY = "body"
    WHOLE = "whole"


class Intake:
    """The requests of one connection, one after the other.

    gunicorn parses each header once it is there. What follows a request is kept until `next`.

    Args:
        config: gunicorn's, with its limits.
        peer: the address of the caller, as its socket gives it.
        most: bytes that a body may have.
    """

    def __init__(self, config: Config, peer: Any, *, most: int) -> None:
        self._config, self._peer, self._most = config, peer, most
        self._head = bytearray()
        self._searched = 0
        self._request: Request | None = None
        self._body: Body | None = None

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
        """Bytes of the body that are sure to follow."""
        return 0 if self._body is None else self._body.missing

    def feed(self, data: memoryview) -> bool:
        """Take bytes in.

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
        """The request, once it is whole, with its body in memory and a length."""
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
        """Forget the request, of which the application is done, and keep what followed it."""
        if self._body is not None:
            self._body.content.close()  # whoever still refers to it
        self._request = self._body = None

    def next(self) -> bool:
        """Read on in what followed the request; returns as `feed` does."""
        followed = bytes(self._head)
        self.clear()
        return bool(followed) and self._read_head(memoryview(followed))

    def clear(self) -> None:
        """Forget all that has come."""
        self._request = self._body = None
        self._head, self._searched = bytearray(), 0

    def _read_head(self, data: memoryview) -> bool:
        known = len(self._head)
        self._head += data[: _MOST_HEAD + 1 - known]  # of a body behind it, no copy is made
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
        """Refuse what can become no header any more."""
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
        if source.take_buffered():  # the header ends elsewhere for gunicorn than here
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
        """Whether `feed` returns True. Gunicorn would answer by itself, but later than here."""
        expects = bool(request._expected_100_continue)  # noqa: SLF001
        request._expected_100_continue = False  # noqa: SLF001
        return expects and self.stage is Stage.BODY
