"""The messages of a stream as the loop meets them: bounded, paced, and closed with a word."""

import socket

import pytest
from wsproto.connection import Connection as Protocol
from wsproto.connection import ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, TextMessage

from faceplatform.web import stream
from faceplatform.web.connection import Connection
from faceplatform.web.intake import Stage
from faceplatform.web.refusals import Refused
from tests.web.requests import intake
from tests.web.sockets import masked, opening
from tests.web.test_worker import Loop


def opened(**headers: str) -> stream.Stream:
    first = intake(10**6)
    first.feed(memoryview(opening({"X_Session_Token": "enr_1"} | headers)))
    return stream.opened(first.request(), b"")[0]


def fed(messages: stream.Stream, *data: bytes) -> None:
    for each in data:
        messages.feed(memoryview(each))


def events_in(data: bytes) -> list[object]:
    return list(Protocol(ConnectionType.CLIENT, trailing_data=data).events())


@pytest.fixture
def loop(monkeypatch) -> Loop:
    return Loop(monkeypatch)


@pytest.fixture
def streaming(loop) -> tuple[socket.socket, Connection]:
    """Return the peer's end and a connection on which a stream has just been opened."""
    peer, connection = loop.connect()
    connection.intake = opened()
    connection.await_next(loop.now, stream.IDLE_SECONDS)
    return peer, connection


def test_a_message_becomes_the_request_that_posts_its_frame():
    messages = opened(
        Authorization="Bearer abc",
        X_Session_Token="enr_1",
        X_Forwarded_For="10.0.0.7",
        Cookie="a=b",
        Idempotency_Key="1",
    )
    fed(messages, masked(BytesMessage(data=b"the image")))
    request = messages.request()
    fields = dict(request.headers)
    assert (request.method, request.path, request.uri) == (
        "POST",
        "/api/auth/process-image/",
        "/api/auth/process-image/",
    )
    assert fields["AUTHORIZATION"] == "Bearer abc"
    assert fields["X-FORWARDED-FOR"] == "10.0.0.7"
    assert fields.keys().isdisjoint(
        {"COOKIE", "IDEMPOTENCY-KEY", "UPGRADE", "X-SESSION-TOKEN", "SEC-WEBSOCKET-KEY"}
    )
    body = request.body.getvalue()
    assert len(body) == int(fields["CONTENT-LENGTH"])
    assert body.count(b"enr_1") == body.count(b"the image") == 1


def test_the_path_before_the_address_is_kept():
    first = intake(10**6)
    first.feed(memoryview(opening({"X-Session-Token": "enr_1"}, path="/faces/api/auth/stream/")))
    messages, _ = stream.opened(first.request(), masked(BytesMessage(data=b"x")))
    messages.next()
    assert messages.request().path == "/faces/api/auth/process-image/"


def test_the_next_message_waits_until_the_first_is_answered():
    messages = opened()
    fed(messages, b"".join(masked(BytesMessage(data=data)) for data in (b"one", b"two")))
    assert b"one" in messages.request().body.getvalue()
    messages.next()
    assert messages.stage is Stage.WHOLE
    assert b"two" in messages.request().body.getvalue()
    messages.next()
    assert messages.stage is Stage.NOTHING


_PIECE = masked(BytesMessage(data=b"", message_finished=False))
_FURTHER_PIECE = bytes([0]) + _PIECE[1:]


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (masked(TextMessage(data="x")), 415),
        (masked(Ping()) * 11, 400),
        (masked(Pong()) * 11, 400),
        (_PIECE + _FURTHER_PIECE * 1000, 400),
        (masked(BytesMessage(data=bytes(10 * 1024 * 1024 + 1))), 413),
    ],
    ids=["text", "pings", "pongs", "pieces", "bytes"],  # masks are random
)
def test_what_costs_too_much_is_refused(data, status):
    messages = opened()
    with pytest.raises(Refused) as refused:
        fed(messages, data)
    assert refused.value.status == status
    text, end = events_in(messages.replies() + messages.worded(refused.value))[-2:]
    assert refused.value.code in text.data
    assert isinstance(end, CloseConnection)


def test_a_message_that_the_network_cuts_small_is_taken():
    messages, message = opened(), masked(BytesMessage(data=bytes(20_000)))
    fed(messages, *(message[start : start + 10] for start in range(0, len(message), 10)))
    assert messages.stage is Stage.WHOLE


def test_pings_are_counted_between_messages():
    messages = opened()
    for _ in range(3):
        fed(messages, masked(Ping()) * 10, masked(BytesMessage(data=b"x")))
        messages.next()
    assert messages.stage is Stage.NOTHING


@pytest.mark.parametrize(
    "breach", [b"\xff\xff\xff\xff", b"\x82\x05plain", b"\x88\x81\0\0\0\0x"], ids=str
)
def test_a_breach_of_the_protocol_ends_the_stream(breach):
    messages = opened()
    with pytest.raises(ConnectionResetError):
        fed(messages, breach)
    assert [event.code for event in events_in(messages.farewell())] == [1002]


@pytest.mark.parametrize(
    ("status", "ended", "code"),
    [
        (200, False, None),
        (400, False, None),
        (429, False, None),
        (503, False, None),
        (200, True, 1000),
        (401, False, 1008),
        (410, False, 1008),
        (500, False, 1011),
    ],
)
def test_answers_after_which_a_stream_goes_on(status, ended, code):
    messages = opened()
    messages.shared["ended"] = ended
    text, *rest = events_in(messages.answer(status, b"{}"))
    assert text.data == "{}"
    assert [event.code for event in rest] == ([code] if code else [])
    assert messages.is_open == (code is None)


def test_a_stream_has_less_time_until_its_first_frame_was_taken():
    messages = opened()
    assert messages.idle_seconds == 10
    messages.answer(400, b"{}")
    assert messages.idle_seconds == 10
    messages.answer(200, b"{}")
    assert messages.idle_seconds == stream.IDLE_SECONDS


def test_pings_keep_no_idle_stream(loop, streaming):
    peer, connection = streaming
    deadline = connection.deadline
    assert deadline == loop.now + stream.IDLE_SECONDS
    loop.now += 20
    peer.sendall(masked(Ping(payload=b"1")))
    loop.worker._receive(connection)
    assert connection.deadline == deadline
    loop.expire(connection)
    pong, end = events_in(peer.recv(1000))
    assert (pong.payload, end.code) == (b"1", 1001)
    assert peer.recv(1) == b""


def test_a_frame_that_comes_too_slowly_is_refused(loop, streaming):
    peer, connection = streaming
    peer.sendall(masked(BytesMessage(data=bytes(5000)))[:3000])
    loop.worker._receive(connection)
    assert connection.deadline == loop.now + 15
    loop.expire(connection)
    text, end = events_in(peer.recv(10_000))
    assert "request_timeout" in text.data
    assert end.code == 1008


def test_a_farewell_is_returned(loop, streaming):
    peer, connection = streaming
    peer.sendall(masked(CloseConnection(code=1000)))
    loop.worker._receive(connection)
    assert [event.code for event in events_in(peer.recv(1000))] == [1000]
    assert connection not in loop.worker._crowd
