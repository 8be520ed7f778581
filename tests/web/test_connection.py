"""The states and deadlines of a connection, with the test's own clock."""

import socket
from math import inf

import pytest

from faceplatform.web.connection import Connection, Exchange, State
from faceplatform.web.limits import Limits
from faceplatform.web.outbox import Outbox
from faceplatform.web.pace import Pace
from faceplatform.web.refusals import Refused, busy
from tests.web.requests import PEER, head, intake, post, without_id

LIMITS = Limits(
    connections=10,
    streams=1,
    buffer_bytes=2**20,
    header_seconds=10,
    pace=Pace(seconds=15, least_rate=4000),
)
SCRATCH = memoryview(bytearray(2**16))


class Peer:
    """A connection and the caller at its other end."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        theirs.settimeout(0)
        self.socket.settimeout(10)
        self.connection = Connection(
            theirs,
            Exchange(Outbox(), PEER, ("127.0.0.1", 8000)),
            intake=intake(10**6),
            limits=LIMITS,
            now=100,
        )

    def sends(self, data: bytes, now: float) -> bool:
        self.socket.sendall(data)
        return self.connection.receive(SCRATCH, now)


@pytest.fixture
def peer():
    peer = Peer()
    with peer.socket:
        yield peer
        peer.connection.close()


def test_who_says_nothing(peer):
    assert peer.connection.deadline == 110
    assert peer.connection.is_silent


def test_a_header_has_one_deadline_for_all_of_it(peer):
    for now in range(101, 109):
        peer.sends(b"GET / HTTP/1.1\r\n" if now == 101 else b"X: 1\r\n", now)
    assert not peer.connection.is_silent
    assert peer.connection.deadline == 111


def test_a_body_keeps_a_pace(peer):
    peer.sends(head("Content-Length: 100000"), 102)
    assert peer.connection.deadline == 117
    peer.sends(b"x", 116)
    assert peer.connection.deadline == pytest.approx(117, abs=0.001)
    peer.sends(b"x" * 8000, 116.5)
    assert peer.connection.deadline == pytest.approx(119, abs=0.001)
    peer.sends(b"x" * 60_000, 117)
    assert peer.connection.deadline == 132


def test_chunks_keep_it_too(peer):
    peer.sends(head("Transfer-Encoding: chunked"), 102)
    for now in range(103, 117):
        peer.sends(b"1\r\nx\r\n", now)
    assert peer.connection.deadline == pytest.approx(117, abs=0.03)


def test_a_request_that_is_whole_waits_for_nobody(peer):
    assert peer.sends(post(b"body"), 101)
    peer.connection.queue(101)
    assert peer.connection.deadline == inf
    assert not peer.connection.waits_for_its_peer


def test_an_answer_that_is_not_read(peer):
    peer.sends(post(b"body"), 101)
    peer.connection.queue(101)
    peer.connection.outbox.sendall(b"x" * 10**7)
    assert not peer.connection.send(102)
    assert (peer.connection.state, peer.connection.deadline) == (State.SENDING, 117)
    assert not peer.connection.send(110)
    assert peer.connection.deadline == 117
    while not peer.connection.send(110):
        assert peer.connection.deadline == pytest.approx(125, abs=8)
        peer.socket.recv(2**20)


def test_between_two_requests(peer):
    peer.sends(post(b"body"), 101)
    peer.connection.queue(101)
    assert not peer.connection.await_next(102, 75)
    assert peer.connection.is_silent
    assert peer.connection.deadline == 177
    peer.sends(b"GET", 150)
    assert peer.connection.deadline == 160


@pytest.mark.parametrize(
    ("next_one", "whole", "deadline"),
    [
        (b"GET / HT", False, 112),
        (head("Content-Length: 3"), False, 117),
        (post(b"second"), True, None),
    ],
)
def test_what_came_with_the_request_before(peer, next_one, whole, deadline):
    assert peer.sends(post(b"body") + next_one, 101)
    peer.connection.queue(101)
    assert peer.connection.await_next(102, 75) is whole
    assert deadline in (None, peer.connection.deadline)


def test_who_waits_to_be_asked_for_the_body(peer):
    peer.sends(head("Content-Length: 3", "Expect: 100-continue"), 101)
    assert peer.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_a_refusal_takes_the_place_of_all_else(peer):
    peer.sends(head("Content-Length: 100000") + b"x" * 5000, 101)
    peer.connection.refuse(busy())
    assert peer.connection.send(102)
    assert peer.connection.held == 0
    assert not peer.connection.is_kept
    assert without_id(peer.socket.recv(10_000)) == without_id(busy().answer())


def test_a_last_answer_gets_time_to_be_read(peer):
    peer.connection.refuse(busy())
    peer.connection.send(101)
    peer.connection.linger(101)
    assert (peer.connection.state, peer.connection.deadline) == (State.LINGERING, 103)
    peer.socket.sendall(b"x" * 1000)
    peer.connection.discard(SCRATCH)
    assert peer.connection.held == 0
    assert without_id(peer.socket.recv(10_000)) == without_id(busy().answer())
    assert peer.socket.recv(1) == b""
    peer.socket.close()
    with pytest.raises(ConnectionResetError):
        peer.connection.discard(SCRATCH)


def test_a_caller_that_goes(peer):
    peer.socket.close()
    with pytest.raises(ConnectionResetError):
        peer.connection.receive(SCRATCH, 101)


def test_what_is_no_request(peer):
    with pytest.raises(Refused):
        peer.sends(b"no HTTP\r\n\r\n", 101)
