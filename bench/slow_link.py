"""A slow link on loopback: a proxy that delays what passes, and paces what a browser sends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Queue
from time import monotonic, sleep

_CHUNK = 4096  # bytes


@contextmanager
def open_slow_link(port: int, *, delay: float, upload: float) -> Iterator[int]:
    """Lead to a port of this machine through a slow link. Yield the port of its other end.

    Connections are made at once, and no packet is lost: a real link is worse.

    Args:
        delay: seconds, in each direction.
        upload: bytes a second, towards the port. The other direction is not paced.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        with suppress(OSError):  # the listener is closed
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", port))
                _Way(near, far, delay=delay, rate=upload).start()
                _Way(far, near, delay=delay, rate=None).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


class _Way:
    """One direction of a connection."""

    def __init__(
        self, source: socket.socket, target: socket.socket, *, delay: float, rate: float | None
    ) -> None:
        self._source, self._target = source, target
        self._delay, self._rate = delay, rate
        # With the time at which each arrives; an empty one is the end.
        self._under_way: Queue[tuple[float, bytes]] = Queue()

    def start(self) -> None:
        for work in (self._read, self._write):
            threading.Thread(target=work, daemon=True).start()

    def _read(self) -> None:
        data = b"x"
        while data:
            try:
                data = self._source.recv(_CHUNK)
            except OSError:
                data = b""
            if self._rate is not None:
                sleep(len(data) / self._rate)
            self._under_way.put((monotonic() + self._delay, data))

    def _write(self) -> None:
        with suppress(OSError):  # the other end has gone away
            while True:
                arrives, data = self._under_way.get()
                sleep(max(0.0, arrives - monotonic()))
                if not data:
                    self._target.shutdown(socket.SHUT_WR)
                    return
                self._target.sendall(data)
