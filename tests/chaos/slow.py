"""A TCP proxy that passes everything on, later."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import sleep

_CHUNK = 65536


class SlowProxy:
    """Passes connections on to a port of 127.0.0.1; each packet after ``delay`` seconds.

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
                with suppress(OSError):  # its other end has closed it already
                    sock.shutdown(socket.SHUT_RDWR)
                sock.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the end: the socket that listens is closed
            while True:
                ours, _ = self._listening.accept()
                theirs = socket.create_connection(("127.0.0.1", self._target))
                self._open += [ours, theirs]
                for source, sink in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=(source, sink), daemon=True).start()

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):  # one end is gone; the other one is told below
            while data := source.recv(_CHUNK):
                while self.delay is None:
                    sleep(0.05)
                sleep(self.delay)
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
