"""A WebSocket of frames, on a real web server: the rules of single frames, one after the other."""

import json
from dataclasses import replace
from typing import Any

import pytest
from wsproto.events import BytesMessage, TextMessage

from faceplatform.api import streams
from faceplatform.engine import registry
from faceplatform.engine import testing as fake
from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Track
from tests.deployment import Caller
from tests.deployment.scripted import ScriptedServer
from tests.imports import people
from tests.stage import limit, problem, upload
from tests.web.sockets import ACCEPTED, Socket

_STREAMS = 2


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = ScriptedServer(
        tmp_path_factory.mktemp("stream"),
        DJANGO_SETTINGS_MODULE="tests.imports.server_settings",
        FACEPLATFORM_WEB_STREAMS=str(_STREAMS),
    )
    server.migrate()
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def caller(server) -> Caller:
    return Caller(server.port, json.loads(server.manage("create_client", "acme", "--json")))


@pytest.fixture
def connect(server, caller):
    """Open streams of a session, for its client or, by the token alone, for a page."""
    opened = []

    def make(token: str, *, page: bool = False, **headers: Any) -> Socket:
        own: dict[str, Any] = (
            {"Sec_WebSocket_Protocol": f"faceplatform.frames, token.{token}"}
            if page
            else {"Authorization": f"Bearer {caller.token}", "X_Session_Token": token}
        )
        opened.append(Socket(server.port, **own, **headers))
        return opened[-1]

    yield make
    for each in opened:
        each.__exit__()


def test_a_client_streams_until_the_session_ends(connect, caller):
    token = caller.enrollment(target_samples=2)
    with connect(token) as stream:
        assert b"101 Switching Protocols" in stream.head
        assert ACCEPTED.encode() in stream.head
        first, second = stream.frame(people.image(1, 1)), stream.frame(people.image(1, 2))
        assert (first["reason"], first["samples_collected"]) == ("accepted", 1)
        assert first["quality_score"] is not None
        assert second["enrollment_complete"] is True
        assert first["request_id"] != second["request_id"]
        assert stream.close_code() == 1000


def test_a_page_streams_with_its_sessions_token(connect, caller):
    token = caller.authentication()
    with connect(token, page=True) as stream:
        assert b"Sec-WebSocket-Protocol: faceplatform.frames" in stream.head
        assert token.encode() not in stream.head
        answer = stream.frame(people.image(2, 1))
        assert (answer["kind"], answer["similarity_score"]) == ("authentication", None)


def test_frames_sent_at_once_are_answered_in_order(connect, caller):
    with connect(caller.enrollment(target_samples=9)) as stream:
        stream.send(*(people.image(3, sample) for sample in range(5)))
        assert [stream.answer()["samples_collected"] for _ in range(5)] == [1, 2, 3, 4, 5]


def test_a_bad_frame_is_answered_and_the_next_one_taken(connect, caller):
    with connect(caller.enrollment()) as stream:
        assert stream.frame(b"no image")["code"] == "image_unreadable"
        assert stream.frame(b"")["status"] == 400
        assert stream.ping() == b"still there?"
        good = people.image(4, 1)
        stream.send_events(
            BytesMessage(data=good[:100], message_finished=False), BytesMessage(data=good[100:])
        )
        assert stream.answer()["frame_accepted"] is True


def test_the_latest_stream_of_a_session_counts(connect, caller):
    token = caller.enrollment()
    with connect(token) as old, connect(token, page=True) as new:
        assert old.frame(people.image(5, 1))["frame_accepted"] is True
        assert new.frame(people.image(5, 2))["frame_accepted"] is True
        assert old.frame(people.image(5, 3))["code"] == "stream_superseded"
        assert old.close_code() == 1008
        assert new.frame(people.image(5, 4))["samples_collected"] == 3


@pytest.mark.parametrize(
    ("token", "headers", "code"),
    [
        ("enr_" + "x" * 30, {"page": True}, "authentication_failed"),
        ("enr_" + "x" * 30, {}, "session_not_found"),
        (None, {"page": True, "Origin": "https://elsewhere.example"}, "origin_not_allowed"),
        (None, {"Origin": "https://elsewhere.example"}, "token_not_for_browsers"),
    ],
)
def test_who_may_not_post_a_frame_may_not_stream(connect, caller, token, headers, code):
    with connect(token or caller.enrollment(), **headers) as stream:
        assert stream.frame(people.image(6, 1))["code"] == code
        assert stream.close_code() == 1008


def test_a_text_is_no_frame(connect, caller):
    with connect(caller.enrollment()) as stream:
        stream.send_events(TextMessage(data="hello"))
        answer = stream.answer()
        assert (answer["code"], answer["detail"]) == (
            "unsupported_message",
            "A frame is a binary message",
        )
        assert stream.close_code() == 1003


def test_a_frame_is_bounded(connect, caller):
    with connect(caller.enrollment()) as stream:
        stream.send(bytes(10 * 1024 * 1024 + 1))
        assert stream.answer()["code"] == "request_too_large"
        assert stream.close_code() == 1009


def test_streams_are_bounded_and_strangers_make_way(connect, caller):
    strange = [connect("enr_" + "x" * 30) for _ in range(_STREAMS)]
    known = [connect(caller.enrollment()) for _ in range(_STREAMS)]
    for number, stream in enumerate(known):
        assert stream.frame(people.image(8, number))["frame_accepted"] is True
    assert [stream.close_code() for stream in strange] == [1001] * _STREAMS
    assert b" 503 " in connect(caller.enrollment()).head


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Sec_WebSocket_Version", "8", 426),
        ("Sec_WebSocket_Key", "short", 400),
        ("Sec_WebSocket_Key", None, 400),
        ("Connection", "close", 400),
        ("Upgrade", None, 426),
        ("X_Session_Token", None, 400),
    ],
)
def test_an_opening_with_faults(server, header, value, status):
    with Socket(server.port, **{"X_Session_Token": "enr_1", header: value}) as refused:
        assert f" {status} ".encode() in refused.head


class TestFramesOfOneStream:
    """The application's side: calls that share what the web server keeps for them."""

    @pytest.fixture
    def post(self, api, stage):
        def post(shared: dict[str, Any], token: str, image: bytes):
            body = {"session_token": token, "image": upload(image)}
            environ = {streams.SHARED: shared}
            return api.http.post("/api/auth/process-image/", body, format="multipart", **environ)

        return post

    def test_the_track_goes_from_frame_to_frame(self, api, stage, post):
        kept = {"track": Track(fake.analysis().boxes[0], 1, 2, 3, 0.0, 128, 128, 1)}
        kept["upright_frames"] = 2
        registry.set_engine(FakeEngine(lambda *frame: replace(stage.analyze(*frame), **kept)))
        shared, token = {}, api.enrollment_token()
        for _ in range(2):
            post(shared, token, stage.frame())
        api.post_frame(token, stage.frame())
        followed = registry.get_engine().followed
        assert [each and each.track for each in followed] == [None, kept["track"], None]
        assert [each and each.upright_frames for each in followed] == [None, 2, None]
        assert followed[0] is not None

    def test_the_end_of_the_session_is_that_of_the_stream(self, api, stage, post):
        shared, token = {}, api.enrollment_token(target_samples=2)
        post(shared, token, stage.frame())
        assert not streams.has_ended(shared)
        post(shared, token, stage.frame())
        assert streams.has_ended(shared)

    def test_a_later_stream_takes_the_session_over(self, api, stage, post):
        old, new, token = {}, {}, api.enrollment_token()
        post(old, token, stage.frame())
        post(new, token, stage.frame())
        problem(post(old, token, stage.frame()), 409, "stream_superseded")
        assert api.session(token).json()["frames_received"] == 2

    def test_each_frame_counts_for_the_clients_limit(self, api, stage, post):
        shared, token = {}, api.enrollment_token()
        limit(api, frames_per_minute=1)
        assert post(shared, token, stage.frame()).status_code == 200
        problem(post(shared, token, stage.frame()), 429, "throttled")
