"""A TCP proxy that delays everything it passes on."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep

_CHUNK = 65536


class SlowProxy:
    """A proxy to a port of 127.0.0.1 that passes on each packet after ``delay`` seconds.

    ``delay`` may change at any time; None: nothing passes any more, and no connection ends.
    """

    def __init__(self, target: int) -> None:
        self.delay: float | None = 0.0
        self._target = target
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port = int(self._listening.getsockname()[1])

    @contextmanager
    def running(self) -> Iterator["SlowProxy"]:
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            for sock in (self._listening, *self._open):
                with suppress(OSError):  # the other end has closed it already
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()

    def _accept(self) -> None:
        with suppress(OSError):  # at the end, when the listening socket is closed
            while True:
                ours, _ = self._listening.accept()
                theirs = socket.create_connection(("127.0.0.1", self._target))
                self._open += [ours, theirs]
                for source, sink in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # one end is gone; the other is closed below
            while data := source.recv(_CHUNK):
                while self.delay is None:
                    sleep(0.05)
                sleep(self.delay)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
