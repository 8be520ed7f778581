"""A real server: callers that stall do not affect others, and learn the cause."""

from contextlib import ExitStack

import pytest

from tests.deployment import wait_until
from tests.web.requests import head
from tests.web.serving import HEALTH, LARGE, LARGE_BYTES, Server, answer, rest

EACH = 40  # of each kind: twenty times the threads
MOST = 15 * 1024 * 1024
STALLED = {
    "idle": b"",
    "half a line": b"GET /api/co",
    "half a header": b"POST /api/core/auth/client/ HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Some: th",
    "half a body": head("Content-Length: 100000") + b"x" * 5000,
    "half a chunk": head("Transfer-Encoding: chunked") + b"ffff\r\nabc",
    "asked for a body": head("Content-Length: 100000", "Expect: 100-continue"),
}


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """Start a server with deadlines longer than any test."""
    settings = {
        "FACEPLATFORM_HEADER_SECONDS": "600",
        "FACEPLATFORM_BODY_SECONDS": "600",
        "FACEPLATFORM_WEB_CONNECTIONS": "2000",
    }
    with Server(tmp_path_factory.mktemp("patient"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """Start a server with deadlines of a second."""
    settings = {"FACEPLATFORM_HEADER_SECONDS": "1", "FACEPLATFORM_BODY_SECONDS": "1"}
    with Server(tmp_path_factory.mktemp("strict"), **settings) as server:
        yield server


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Start a patient server with room for 16 connections and 16 MB."""
    settings = {
        "FACEPLATFORM_HEADER_SECONDS": "600",
        "FACEPLATFORM_BODY_SECONDS": "600",
        "FACEPLATFORM_WEB_CONNECTIONS": "16",
        "FACEPLATFORM_WEB_BUFFER_MB": "16",
    }
    with Server(tmp_path_factory.mktemp("small"), **settings) as server:
        yield server


@pytest.mark.parametrize("kind", STALLED)
def test_who_stalls_takes_nothing(patient, kind):
    with ExitStack() as stack:
        for _ in range(EACH):
            stack.enter_context(patient.sent(STALLED[kind]))
        assert patient.health() == 200


def test_who_reads_no_answer_takes_nothing(patient):
    with ExitStack() as stack:
        for _ in range(EACH):
            caller = stack.enter_context(patient.sent(LARGE))
            caller.recv(1)  # it is being answered
        assert patient.health() == 200
        assert len(answer(stack.enter_context(patient.sent(LARGE))).content) == LARGE_BYTES


def test_all_of_them_at_once_and_an_honest_upload(patient):
    body = b"x" * 100_000
    with ExitStack() as stack:
        for data in STALLED.values():
            for _ in range(EACH):
                stack.enter_context(patient.sent(data))
        caller = stack.enter_context(patient.sent(head(f"Content-Length: {len(body)}")))
        for start in range(0, len(body), 10_000):
            assert patient.health() == 200
            caller.sendall(body[start : start + 10_000])
        assert answer(caller).status == 404


@pytest.mark.parametrize("kind", ["half a line", "half a header", "half a body", "half a chunk"])
def test_who_stalls_is_told(strict, kind):
    with strict.sent(STALLED[kind]) as caller:
        told = answer(caller)
        assert rest(caller) == b""
    assert (told.status, told.problem["code"]) == (408, "request_timeout")


def test_who_says_nothing_is_told_nothing(strict):
    with strict.connect() as caller:
        assert rest(caller) == b""


def test_who_reads_no_answer_is_cut_off(strict):
    with strict.sent(LARGE):
        wait_until(lambda: strict.turned_away("unread_answer") == 1, 30, "it is cut off")


def test_requests_in_a_row(patient):
    with patient.sent(HEALTH * 3) as caller:
        assert [answer(caller).status for _ in range(3)] == [200, 200, 200]
        caller.sendall(HEALTH)
        assert answer(caller).status == 200


def test_a_connection_is_closed_where_the_caller_asks_for_it(patient):
    with patient.sent(HEALTH.replace(b"Host", b"Connection: close\r\nHost")) as caller:
        assert answer(caller).status == 200
        assert rest(caller) == b""


def test_too_long_a_body_is_answered_although_it_comes(patient):
    with patient.sent(head(f"Content-Length: {MOST + 1}")) as caller:
        caller.sendall(b"x" * 3_000_000)
        told = answer(caller)
    assert (told.status, told.problem["code"]) == (413, "request_too_large")


def test_what_is_no_http(patient):
    with patient.sent(b"\x16\x03\x01\x02\x00secret\r\n\r\n") as caller:
        told = answer(caller)
    assert (told.status, told.problem["code"]) == (400, "malformed")
    assert b"secret" not in told.content


def test_where_all_places_are_taken_the_longest_wait_ends(small):
    with ExitStack() as stack:
        callers = [stack.enter_context(small.sent(STALLED["half a body"])) for _ in range(16)]
        assert small.health() == 200
        assert rest(callers[0]) == b""
        callers[-1].sendall(b"x" * 95_000)
        assert answer(callers[-1]).status == 404


def test_where_memory_is_short_the_largest_is_refused(small):
    large, larger = (head(f"Content-Length: {MOST}") + b"x" * n for n in (7_000_000, 9_000_000))
    honest = head("Content-Length: 1000000") + b"x" * 999_999
    with small.sent(large), small.sent(larger) as caller, small.sent(honest) as other:
        told = answer(caller)
        other.sendall(b"x")
        assert answer(other).status == 404
    assert (told.status, told.problem["code"]) == (503, "server_busy")
    assert told.headers["Retry-After"] == "1"


def test_a_body_on_its_way_is_answered_by_a_server_that_stops(tmp_path):
    with Server(tmp_path) as server, server.sent(head("Content-Length: 5") + b"x") as caller:
        idle, half = server.connect(), server.sent(STALLED["half a header"])
        with idle, half:
            assert server.health() == 200  # by then it has all of them
            server.process.terminate()
            wait_until(lambda: "Handling signal: term" in server.process.said(), 30, "it stops")
            assert rest(idle) == b""
            rest(half)
            caller.sendall(b"xxxx")
            told = answer(caller)
            assert (told.status, told.headers["Connection"]) == (404, "close")
        assert server.process.await_end() == 0


def test_a_server_that_stops_refuses_connections_while_it_answers_others(tmp_path):
    def is_refused() -> bool:
        try:
            server.connect().close()
        except ConnectionRefusedError:
            return True
        return False

    with Server(tmp_path) as server, server.sent(head("Content-Length: 5") + b"x") as caller:
        assert server.health() == 200
        server.process.terminate()
        wait_until(is_refused, 10, "it refuses connections")
        caller.sendall(b"xxxx")
        assert answer(caller).status == 404
