"""The bounds on an answer's bytes, counted as they arrive: parsing them costs processor time, and a
receiver can send far more than a request is worth."""

import re

import httpcore

MOST_INTERIM = 10
MOST_HEAD_BYTES = 64 * 1024
# Head and body, with the framing of chunks.
MOST_BYTES = 256 * 1024
_HEAD_END = re.compile(rb"\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1\d\d")


class AnswerTooLong(httpcore.RemoteProtocolError):
    """The answer is longer than any that is read."""


class AnswerBounds:
    """Counts the bytes of one answer, and the interim answers (status 100 to 199) before it."""

    def __init__(self) -> None:
        self._bytes = 0
        self._head_bytes = 0
        self._interim = 0
        self._in_head = True
        self._head = bytearray()  # as far as it has come

    def count(self, data: bytes) -> None:
        """Count bytes that have arrived.

        Raises:
            AnswerTooLong
        """
        self._bytes += len(data)
        if self._in_head:
            self._count_heads(data)
        if self._bytes > MOST_BYTES or self._head_bytes + len(self._head) > MOST_HEAD_BYTES:
            raise AnswerTooLong

    def _count_heads(self, data: bytes) -> None:
        """Count the heads that have ended by now, up to the final one's."""
        searched = max(0, len(self._head) - 2)
        self._head += data
        while end := _HEAD_END.search(self._head, searched):
            self._in_head = _INTERIM.match(self._head) is not None
            self._head_bytes += end.end()
            if not self._in_head:
                self._head.clear()
                return
            self._interim += 1
            if self._interim > MOST_INTERIM:
                raise AnswerTooLong
            del self._head[: end.end()]
            searched = 0
