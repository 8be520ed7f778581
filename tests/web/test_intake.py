"""Parsing of requests from bytes, in pieces of any size, within limits."""

import pytest

from faceplatform.web.intake import Stage
from faceplatform.web.refusals import Refused
from tests.web.requests import MOST, chunked, environ, feed, head, intake, post, problem, request

BODY = b"a body of a few bytes"


@pytest.mark.parametrize("data", [post(BODY), chunked(BODY), chunked(BODY, size=1)])
@pytest.mark.parametrize("at_once", [None, 1, 2, 3, 17])
def test_however_it_is_cut(data, at_once):
    into = intake()
    feed(into, data, at_once=at_once)
    whole = into.request()
    assert (whole.method, whole.path) == ("POST", "/x")
    assert whole.body.read() == BODY
    told = environ(whole)
    assert told["CONTENT_LENGTH"] == str(len(BODY))
    assert "HTTP_TRANSFER_ENCODING" not in told


def test_stages():
    into = intake()
    seen = [into.stage]
    for piece in (b"POST /x HT", b"TP/1.1\r\nContent-Length: 4\r\n\r\n", b"ab", b"cd"):
        into.feed(memoryview(piece))
        seen.append(into.stage)
    assert seen == [Stage.NOTHING, Stage.HEAD, Stage.BODY, Stage.BODY, Stage.WHOLE]


@pytest.mark.parametrize("first", [post(BODY), chunked(BODY), head(line="GET /1 HTTP/1.1")])
def test_what_follows_is_the_next_request(first):
    into = intake()
    feed(into, first + post(b"second", "X-Number: 2"))
    into.request()
    into.next()
    assert into.request().body.read() == b"second"
    into.next()
    assert into.stage is Stage.NOTHING
    assert into.held == 0


def test_what_is_held_is_known():
    into = intake(most=10**6)
    data = head("Content-Length: 500000")
    into.feed(memoryview(data[:50]))
    assert into.held == 50
    into.feed(memoryview(data[50:] + b"x" * 300_000))
    assert into.held == 300_000


def test_the_client_is_asked_to_go_on_once():
    into = intake()
    assert into.feed(memoryview(head("Content-Length: 3", "Expect: 100-continue"))) is True
    assert into.feed(memoryview(b"abc")) is False
    assert environ(into.request())["wsgi.input"].read() == b"abc"


def test_nobody_is_asked_for_what_is_there():
    into = intake()
    assert into.feed(memoryview(post(BODY, "Expect: 100-continue"))) is False


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"no HTTP at all\r\n\r\n", 400),
        (b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\nHost: x\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\n\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (head("No colon"), 400),
        (head("Host: another"), 400),
        (head("Content-Length: 1", "Content-Length: 1"), 400),
        (head("Content-Length: -1"), 400),
        (head("Content-Length: \xb2"), 400),
        (head("Content-Length: " + "9" * 5000), 400),
        (head("Content-Length: 4", "Transfer-Encoding: chunked"), 400),
        (head("Transfer-Encoding: chunked", line="POST / HTTP/1.0"), 400),
        (head("Transfer-Encoding: chunked, chunked"), 400),
        (head("Transfer-Encoding: gzip, chunked"), 501),
        (head("Transfer-Encoding: br"), 501),
        (head("Expect: a cake"), 417),
        (head(line="GET /" + "x" * 5000 + " HTTP/1.1"), 414),
        (b"GET /" + b"x" * 5000, 414),
        (head(*["X: 1"] * 100), 431),
        (head("X: " + "x" * 9000), 431),
        (head(*[f"X: {'x' * 8000}"] * 5), 431),
        (b"GET / HTTP/1.1\r\n" + b"X: abcde\r\n" * 4000, 431),
        (head("Transfer-Encoding: chunked") + b"z\r\n", 400),
        (head("Transfer-Encoding: chunked") + b"-1\r\n", 400),
        (head("Transfer-Encoding: chunked") + b"1\r\nab\r\n", 400),
        (head("Transfer-Encoding: chunked") + b"1\n", 400),
        (head("Transfer-Encoding: chunked") + b"1" * 10_000, 400),
        (head("Transfer-Encoding: chunked") + b"0\r\nContent-Length: 5\r\n\r\n", 400),
    ],
)
@pytest.mark.parametrize("at_once", [None, 1000])
def test_what_is_no_request(data, status, at_once):
    with pytest.raises(Refused) as refused:
        feed(intake(), data, at_once=at_once)
    assert refused.value.status == status
    document = problem(refused.value)
    assert (document["status"], document["code"]) == (status, "malformed")


def test_a_field_that_poses_as_another_is_dropped():
    assert "HTTP_X_FORWARDED_FOR" not in environ(request(head("X_Forwarded_For: 1.2.3.4")))


def test_no_caller_says_where_the_application_lies():
    told = environ(request(head("SCRIPT_NAME: /elsewhere", "PATH_INFO: /elsewhere")))
    assert (told["SCRIPT_NAME"], told["PATH_INFO"]) == ("", "/x")


def test_nothing_of_what_was_sent_is_repeated():
    with pytest.raises(Refused) as refused:
        feed(intake(), head("Authorization secret"))
    assert b"secret" not in refused.value.answer()


@pytest.mark.parametrize("make", [post, chunked])
def test_a_body_may_have_so_many_bytes_and_no_more(make):
    assert len(request(make(b"x" * MOST)).body.read()) == MOST
    with pytest.raises(Refused) as refused:
        feed(intake(), make(b"x" * (MOST + 1)))
    document = problem(refused.value)
    assert (document["status"], document["code"]) == (413, "request_too_large")


def test_too_long_a_body_is_refused_before_it_comes():
    with pytest.raises(Refused) as refused:
        feed(intake(), head(f"Content-Length: {MOST + 1}", "Expect: 100-continue"))
    assert refused.value.status == 413


def test_chunks_of_a_byte_each_are_no_way_to_send_a_picture():
    most = 10**6
    assert len(request(chunked(b"x" * 10_000, size=1), most=most).body.read()) == 10_000
    assert len(request(chunked(b"x" * most, size=100), most=most).body.read()) == most
    with pytest.raises(Refused) as refused:
        feed(intake(most), chunked(b"x" * 100_000, size=1), at_once=1000)
    assert refused.value.status == 400
