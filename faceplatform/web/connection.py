"""One connection: what it waits for, and until when."""

import struct
from concurrent.futures import Future
from contextlib import suppress
from enum import Enum
from math import inf
from socket import (
    AF_INET,
    AF_INET6,
    IPPROTO_TCP,
    SHUT_WR,
    SO_LINGER,
    SO_RCVLOWAT,
    SOL_SOCKET,
    TCP_NOTSENT_LOWAT,
    socket,
)
from typing import Any, NamedTuple

from faceplatform.addresses import network_of
from faceplatform.web.intake import Intake, Stage
from faceplatform.web.limits import Limits
from faceplatform.web.outbox import Outbox
from faceplatform.web.refusals import Refused

# Receives in a row, so that a fast sender does not keep the loop from the others.
_RECEIVES = 8
# Of a body, at most: a frame in one piece. What is there when a deadline passes is taken in first.
_WAKE_BYTES = 128 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# How long a caller may go on sending after the last answer. A connection that is closed while bytes
# arrive is reset, and the answer may be lost.
_LINGER_SECONDS = 2.0
# Of an answer, in the system's hands: otherwise it takes megabytes from us for one that reads
# nothing, and shows no progress for a minute of one that reads slowly.
_UNSENT_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # linger, for no time


class State(Enum):
    RECEIVING = "receiving"
    QUEUED = "queued"  # for a thread
    ANSWERING = "answering"  # in a thread's hands, and nobody else's
    SENDING = "sending"
    LINGERING = "lingering"


class Exchange(NamedTuple):
    """What gunicorn asks of a connection when it makes an answer; the names are its own."""

    sock: Outbox
    client: Any
    server: Any


class Connection:
    """A socket that never blocks, with a request on its way in or an answer on its way out.

    Args:
        now: seconds of a monotonic clock, here and below.

    Raises:
        OSError: the connection is broken.
    """

    def __init__(
        self, sock: socket, exchange: Exchange, *, intake: Intake, limits: Limits, now: float
    ) -> None:
        self.socket, self.exchange, self.outbox = sock, exchange, exchange.sock
        sock.settimeout(0)
        if sock.family in {AF_INET, AF_INET6}:
            sock.setsockopt(IPPROTO_TCP, TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        self.intake = intake
        client = exchange.client
        self.origin = network_of(client[0]) if isinstance(client, tuple) else ""
        self.answer: Future[None] | None = None  # while it is queued or made
        self.is_kept = True  # after the answer
        self.watched = 0  # events that the poller looks for
        self._limits = limits
        self._wakes_at = 1
        self._enter(State.RECEIVING, now, now + limits.header_seconds)

    def _enter(self, state: State, now: float, deadline: float) -> None:
        self.state, self.since, self.deadline = state, now, deadline

    @property
    def held(self) -> int:
        """Bytes in memory."""
        return self.intake.held + self.outbox.held

    @property
    def is_silent(self) -> bool:
        """Nothing of a request has come."""
        return self.state is State.RECEIVING and self.intake.stage is Stage.NOTHING

    @property
    def is_without_header(self) -> bool:
        """It is not known yet what the caller wants, if anything."""
        return self.state is State.RECEIVING and self.intake.stage in {Stage.NOTHING, Stage.HEAD}

    @property
    def waits_for_its_peer(self) -> bool:
        return self.state in {State.RECEIVING, State.SENDING, State.LINGERING}

    def receive(self, scratch: memoryview, now: float) -> bool:
        """Take in what has come; returns whether the request is whole.

        Raises:
            faceplatform.web.refusals.Refused: no view shall see the request.
            OSError: the connection is broken, or closed.
        """
        for _ in range(_RECEIVES):
            try:
                count = self.socket.recv_into(scratch)
            except BlockingIOError:
                break
            if count == 0:
                raise ConnectionResetError
            before = self.intake.stage
            self._go_on(asked=self.intake.feed(scratch[:count]))
            self._put_off(before, count, now)
            if self.intake.stage is Stage.WHOLE or count < len(scratch):
                break
        self._wake_at(min(max(self.intake.missing, 1), _WAKE_BYTES))
        return self.intake.stage is Stage.WHOLE

    def _wake_at(self, count: int) -> None:
        """Have the system tell of so many bytes, not of each packet."""
        if count != self._wakes_at:
            self.socket.setsockopt(SOL_SOCKET, SO_RCVLOWAT, count)
            self._wakes_at = count

    def _go_on(self, *, asked: bool) -> None:
        if asked:
            self.socket.send(_CONTINUE)

    def _put_off(self, before: Stage, count: int, now: float) -> None:
        """Move the deadline: a header has one for all of it, a body keeps a pace."""
        match before, self.intake.stage:
            case Stage.NOTHING, Stage.HEAD:
                self._enter(State.RECEIVING, now, now + self._limits.header_seconds)
            case Stage.BODY, Stage.BODY:
                self.deadline = self._limits.pace.put_off(self.deadline, count, now)
            case _, Stage.BODY:
                self._enter(State.RECEIVING, now, self._limits.pace.begin(now))

    def queue(self, now: float) -> None:
        self._enter(State.QUEUED, now, inf)

    def send(self, now: float) -> bool:
        """Send what the socket takes; returns whether the answer is out.

        Raises:
            OSError: the connection is broken.
        """
        sent = self.outbox.send_to(self.socket)
        if not self.outbox.left:
            return True
        if self.state is State.SENDING:
            self.deadline = self._limits.pace.put_off(self.deadline, sent, now)
        else:
            self._enter(State.SENDING, now, self._limits.pace.begin(now))
        return False

    def await_next(self, now: float, seconds: float) -> bool:
        """Turn to the next request; returns whether it is there already.

        Raises:
            faceplatform.web.refusals.Refused
            OSError: the connection is broken.
        """
        self._go_on(asked=self.intake.next())
        self._enter(State.RECEIVING, now, now + seconds)
        self._put_off(Stage.NOTHING, 0, now)
        return self.intake.stage is Stage.WHOLE

    def refuse(self, refused: Refused) -> None:
        """Put the refusal in the place of any answer. It is the last one."""
        self.outbox.clear()
        self.outbox.sendall(refused.answer())
        self.intake.clear()
        self.is_kept = False

    def linger(self, now: float) -> bool:
        """End the connection, and give the peer time to read the answer; returns False.

        Raises:
            OSError: the connection is broken.
        """
        self.socket.shutdown(SHUT_WR)
        self.intake.clear()
        self._enter(State.LINGERING, now, now + _LINGER_SECONDS)
        return False

    def discard(self, scratch: memoryview) -> bool:
        """Throw away what still comes; returns False.

        Raises:
            OSError: the connection is broken, or closed.
        """
        try:
            if not self.socket.recv_into(scratch):
                raise ConnectionResetError
        except BlockingIOError:
            pass
        return False

    def hurry(self, deadline: float) -> None:
        """Bring the deadline forward."""
        self.deadline = min(self.deadline, deadline)

    def close(self) -> None:
        if self.outbox.left:  # nor shall the system keep what nobody reads
            with suppress(OSError):
                self.socket.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
        self.outbox.clear()
        with suppress(OSError):
            self.socket.close()
