"""An answer is kept until the socket takes it."""

import socket

import pytest

from faceplatform.web.outbox import Outbox


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    theirs.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def drain(outbox: Outbox, ours: socket.socket, theirs: socket.socket) -> bytes:
    """Send the outbox piece by piece; return the bytes that the peer reads."""
    received = b""
    while outbox.left:
        outbox.send_to(ours)
        received += theirs.recv(2**20)
    ours.shutdown(socket.SHUT_WR)
    while piece := theirs.recv(2**20):
        received += piece
    return received


def test_in_one_packet(pair):
    ours, theirs = pair
    outbox = Outbox()
    outbox.sendall(b"head ")
    outbox.sendall(b"body")
    assert (outbox.left, outbox.held) == (9, 9)
    assert outbox.send_to(ours) == 9
    assert theirs.recv(100) == b"head body"
    assert (outbox.left, outbox.held) == (0, 0)


def test_more_than_the_socket_takes(pair):
    outbox = Outbox()
    data = bytes(range(256)) * 40_000
    outbox.sendall(data)
    sent = outbox.send_to(pair[0])
    assert 0 < sent < len(data)
    assert outbox.left == len(data) - sent
    assert outbox.send_to(pair[0]) == 0
    assert drain(outbox, *pair) == data


def test_a_file_is_not_held(pair, tmp_path):
    data = bytes(range(256)) * 40_000
    (tmp_path / "file").write_bytes(data)
    outbox = Outbox()
    outbox.sendall(b"head ")
    with (tmp_path / "file").open("rb") as file:
        outbox.sendfile(file, offset=10, count=len(data) - 20)
    outbox.sendall(b" end")
    assert outbox.held == len(b"head  end")
    assert outbox.left == len(b"head  end") + len(data) - 20
    assert drain(outbox, *pair) == b"head " + data[10:-10] + b" end"


def test_a_file_that_was_cut_off_breaks_the_answer(pair, tmp_path):
    (tmp_path / "file").write_bytes(b"short")
    outbox = Outbox()
    with (tmp_path / "file").open("rb") as file:
        outbox.sendfile(file, count=100)
    with pytest.raises(ConnectionAbortedError):
        outbox.send_to(pair[0])


def test_a_reader_that_has_gone(pair):
    ours, theirs = pair
    theirs.close()
    outbox = Outbox()
    outbox.sendall(b"answer")
    with pytest.raises(BrokenPipeError):
        outbox.send_to(ours)
    outbox.clear()
    assert outbox.left == 0
