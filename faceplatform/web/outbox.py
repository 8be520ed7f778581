"""The buffer of an answer being sent, so that no thread waits for the reader."""

import errno
import os
from collections import deque
from socket import socket
from typing import BinaryIO, Protocol

# Most sends in a row, so that a fast reader does not block the others.
_SENDS = 8


class _Part(Protocol):
    def send(self, to: socket) -> None: ...
    def close(self) -> None: ...
    @property
    def left(self) -> int: ...
    @property
    def held(self) -> int: ...


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = bytearray(data)
        self._sent = 0

    @property
    def left(self) -> int:
        return len(self._data) - self._sent

    @property
    def held(self) -> int:
        return len(self._data)

    def add(self, data: bytes) -> None:
        self._data += data

    def send(self, to: socket) -> None:
        with memoryview(self._data) as view:
            self._sent += to.send(view[self._sent :])

    def close(self) -> None:
        self._data.clear()


class _File:
    """A part of a file, sent by the system (sendfile)."""

    held = 0

    def __init__(self, descriptor: int, start: int, count: int) -> None:
        self._descriptor = os.dup(descriptor)  # gunicorn closes its own after answering
        self._start, self.left = start, count

    def send(self, to: socket) -> None:
        sent = os.sendfile(to.fileno(), self._descriptor, self._start, self.left)
        if sent == 0:  # it was truncated in the meantime
            raise ConnectionAbortedError
        self._start += sent
        self.left -= sent

    def close(self) -> None:
        os.close(self._descriptor)


class Outbox:
    """A replacement for the socket, to which gunicorn writes an answer."""

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque()

    @property
    def left(self) -> int:
        """Number of bytes that remain to be sent."""
        return sum(part.left for part in self._parts)

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return sum(part.held for part in self._parts)

    def sendall(self, data: bytes) -> None:
        last = self._parts[-1] if self._parts else None
        if isinstance(last, _Bytes):  # header and body in one packet
            last.add(data)
        else:
            self._parts.append(_Bytes(data))

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int = 0) -> None:
        self._parts.append(_File(file.fileno(), offset, count))

    def shutdown(self, _how: int) -> None:
        """Raise OSError: gunicorn calls this if an answer fails, and the worker then closes."""
        raise OSError(errno.ENOTCONN, "not a socket")

    def send_to(self, to: socket) -> int:
        """Send as much as the socket takes now; return the number of bytes.

        Raises:
            OSError: the connection is broken.
        """
        before = self.left
        try:
            for _ in range(_SENDS):
                if not self._parts:
                    break
                self._parts[0].send(to)
                if not self._parts[0].left:
                    self._parts.popleft().close()
        except BlockingIOError:
            pass  # the rest later
        return before - self.left

    def clear(self) -> None:
        while self._parts:
            self._parts.popleft().close()
