"""One connection: its state and its deadline."""

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
from faceplatform.web.stream import Stream

# Most receives in a row, so that a fast sender does not block the others.
_RECEIVES = 8
# Most bytes of a body to wait for before the loop is woken: enough for a whole frame. At a
# deadline, the loop first reads the bytes that have arrived.
_WAKE_BYTES = 128 * 1024
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
# Time for which a caller may continue to send after the last answer. Closing a connection while
# bytes arrive resets it, and the answer may be lost.
_LINGER_SECONDS = 2.0
# Most unsent bytes in the socket's buffer. Otherwise the system buffers megabytes for a peer that
# reads nothing, and a slow reader shows no progress for a minute.
_UNSENT_BYTES = 64 * 1024
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER with a timeout of 0


class State(Enum):
    RECEIVING = "receiving"
    QUEUED = "queued"  # waits for a thread
    ANSWERING = "answering"  # owned by a thread
    SENDING = "sending"
    LINGERING = "lingering"


class Exchange(NamedTuple):
    """The attributes of a connection that gunicorn uses to answer, under gunicorn's names."""

    sock: Outbox
    client: Any
    server: Any


class Connection:
    """A non-blocking socket, with a request being received or an answer being sent.

    Args:
        now: seconds of a monotonic clock, as in the methods.

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
        self.intake: Intake | Stream = intake
        client = exchange.client
        self.origin = network_of(client[0]) if isinstance(client, tuple) else ""
        self.answer: Future[None] | None = None  # while queued or in progress
        self.is_kept = True  # open after the answer
        self.watched = 0  # the poller's events
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
        """True if no byte of a request has arrived."""
        return self.state is State.RECEIVING and self.intake.stage is Stage.NOTHING

    @property
    def is_without_header(self) -> bool:
        """True if no complete header has arrived."""
        return self.state is State.RECEIVING and self.intake.stage in {Stage.NOTHING, Stage.HEAD}

    @property
    def waits_for_its_peer(self) -> bool:
        return self.state in {State.RECEIVING, State.SENDING, State.LINGERING}

    def receive(self, scratch: memoryview, now: float) -> bool:
        """Receive the bytes that have arrived; return True if the request is whole.

        Raises:
            faceplatform.web.refusals.Refused: the request is refused.
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
            self._continue_if(asked=self.intake.feed(scratch[:count]))
            self._reply()
            self._put_off(before, count, now)
            if self.intake.stage is Stage.WHOLE or count < len(scratch):
                break
        self._wake_at(min(max(self.intake.missing, 1), _WAKE_BYTES))
        return self.intake.stage is Stage.WHOLE

    def _reply(self) -> None:
        if replies := self.intake.replies():
            self.outbox.sendall(replies)
            self.outbox.send_to(self.socket)
        if self.outbox.held > _UNSENT_BYTES:  # it asks for replies, and reads none
            raise ConnectionResetError

    def _wake_at(self, count: int) -> None:
        """Have the poller report the socket only when so many bytes have arrived."""
        if count != self._wakes_at:
            self.socket.setsockopt(SOL_SOCKET, SO_RCVLOWAT, count)
            self._wakes_at = count

    def _continue_if(self, *, asked: bool) -> None:
        if asked:
            self.socket.send(_CONTINUE)

    def _put_off(self, before: Stage, count: int, now: float) -> None:
        """Move the deadline: a header has one deadline in all, a body must keep the pace."""
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
        """Send as much as the socket takes; return True if the whole answer is sent.

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
        """Turn to the next request; return True if it is already whole.

        Raises:
            faceplatform.web.refusals.Refused
            OSError: the connection is broken.
        """
        self._continue_if(asked=self.intake.next())
        self._enter(State.RECEIVING, now, now + seconds)
        self._put_off(Stage.NOTHING, 0, now)
        return self.intake.stage is Stage.WHOLE

    def refuse(self, refused: Refused) -> None:
        """Replace any answer by the refusal, which is the connection's last answer."""
        self.outbox.clear()
        self.outbox.sendall(self.intake.worded(refused))
        self.intake.clear()
        self.is_kept = False

    def linger(self, now: float) -> bool:
        """Shut the connection down, and give the peer time to read the answer; return False.

        Raises:
            OSError: the connection is broken.
        """
        self.socket.shutdown(SHUT_WR)
        self.intake.clear()
        self._enter(State.LINGERING, now, now + _LINGER_SECONDS)
        return False

    def discard(self, scratch: memoryview) -> bool:
        """Discard the bytes that still arrive; return False.

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
        if not self.outbox.left and (farewell := self.intake.farewell()):
            self.outbox.sendall(farewell)
            with suppress(OSError):  # a peer that does not take it now gets none
                self.outbox.send_to(self.socket)
        if self.outbox.left:  # the system is not to keep bytes that nobody reads
            with suppress(OSError):
                self.socket.setsockopt(SOL_SOCKET, SO_LINGER, _RESET)
        self.outbox.clear()
        with suppress(OSError):
            self.socket.close()
