"""The loop's treatment of overdue connections, with the test's own clock."""

import socket
from concurrent.futures import Future
from selectors import DefaultSelector

import pytest

from faceplatform.metrics import TURNED_AWAY
from faceplatform.web import worker
from faceplatform.web.connection import Connection, Exchange
from faceplatform.web.crowd import Crowd
from faceplatform.web.limits import Limits
from faceplatform.web.outbox import Outbox
from faceplatform.web.pace import Pace
from faceplatform.web.refusals import busy, too_slow
from tests.web.requests import PEER, config, head, intake, without_id

LIMITS = Limits(
    connections=2,
    streams=1,
    buffer_bytes=2**20,
    header_seconds=10,
    pace=Pace(seconds=15, least_rate=4000),
)


class Loop:
    """A worker that serves only the test's connections."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(worker, "monotonic", lambda: self.now)
        self.worker = worker.Worker.__new__(worker.Worker)
        self.worker._limits = LIMITS
        self.worker._crowd = Crowd(most=LIMITS.connections, most_bytes=LIMITS.buffer_bytes)
        self.worker._turned_away = TURNED_AWAY
        self.worker._scratch = memoryview(bytearray(2**16))
        self.worker.poller = DefaultSelector()
        self.worker.cfg = config()

    def connect(self) -> tuple[socket.socket, Connection]:
        theirs, ours = socket.socketpair()
        theirs.settimeout(10)
        connection = Connection(
            ours,
            Exchange(Outbox(), PEER, ("127.0.0.1", 8000)),
            intake=intake(10**6),
            limits=LIMITS,
            now=self.now,
        )
        self.worker._crowd.add(connection)
        return theirs, connection

    def half_a_body(self) -> tuple[socket.socket, Connection]:
        caller, connection = self.connect()
        caller.sendall(head("Content-Length: 100000") + b"x" * 5000)
        self.worker._receive(connection)
        return caller, connection

    def expire(self, connection: Connection) -> None:
        self.now = connection.deadline
        self.worker._expire(connection, self.now)


@pytest.fixture
def loop(monkeypatch):
    loop = Loop(monkeypatch)
    yield loop
    for connection in loop.worker._crowd:
        loop.worker._close(connection)
    loop.worker.poller.close()


def test_a_body_that_stalls(loop):
    caller, connection = loop.half_a_body()
    with caller:
        loop.expire(connection)
        assert without_id(caller.recv(10_000)) == without_id(too_slow().answer())
        assert caller.recv(1) == b""


def test_what_the_system_holds_back_counts(loop):
    """The loop is woken for many bytes at once, and reads fewer only at the deadline."""
    caller, connection = loop.half_a_body()
    with caller:
        caller.sendall(b"x" * 20_000)
        loop.expire(connection)
        assert connection.deadline == loop.now + 5
        loop.expire(connection)
        assert without_id(caller.recv(10_000)) == without_id(too_slow().answer())


def test_a_request_that_is_whole_at_its_deadline_is_answered(loop, monkeypatch):
    queued = []
    monkeypatch.setattr(worker.Worker, "_queue", lambda _, connection: queued.append(connection))
    caller, connection = loop.half_a_body()
    with caller:
        caller.sendall(b"x" * 95_000)
        while not queued and connection.deadline > loop.now:
            loop.expire(connection)
        assert queued == [connection]


def test_who_does_not_read_keeps_no_body(loop):
    caller, connection = loop.half_a_body()
    with caller:
        caller.sendall(b"x" * 95_000)
        while not connection.receive(loop.worker._scratch, loop.now):
            pass
        connection.queue(loop.now)
        connection.outbox.sendall(b"x" * 10**7)
        connection.intake.request().body.close()  # as the application may
        loop.worker._answered(connection, Future())
        assert connection.held == 10**7


def test_who_lingers_is_closed_without_a_word(loop):
    caller, connection = loop.half_a_body()
    with caller:
        loop.expire(connection)
        caller.recv(10_000)
        loop.expire(connection)
        assert connection not in loop.worker._crowd


def test_a_caller_for_whom_there_is_no_place(loop):
    caller, connection = loop.connect()
    with caller:
        loop.worker._crowd.remove(connection)
        loop.worker._turn_away(connection)
        assert without_id(caller.recv(10_000)) == without_id(busy().answer())
        assert caller.recv(1) == b""
