"""One request to a real receiver: every way in which it can end."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from threading import Event

import httpcore
import pytest

from tests.webhooks.receivers import LOOPBACK, OK, receiver, resolving_to
from webhooks import http, signing, transport
from webhooks.addresses import Address
from webhooks.answer_bounds import MOST_INTERIM, AnswerBounds
from webhooks.http import Failure, Sender

BODY = b'{"type":"webhook.test"}'
_SECONDS = 30.0


def post(*answers: bytes | None, closes: bool = False, **options):
    """Send one request to a receiver with these answers; return the answer and the receiver."""

    async def main():
        async with (
            receiver(*answers, closes=closes) as listening,
            Sender(policy=LOOPBACK, **options) as sender,
        ):
            return await sender.post(listening.url, body=BODY, headers={}), listening

    return asyncio.run(main())


def answer(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def test_a_success():
    result, listening = post(OK)
    assert result.succeeded
    assert (result.status_code, result.error, result.text) == (200, "", "ok")
    assert result.retry_after is None
    assert 0 <= result.milliseconds < 15_000
    head, body = listening.requests[0]
    assert head.startswith(b"POST /hook HTTP/1.1\r\n")
    assert body == BODY


def test_the_headers_of_a_request():
    key = signing.new_key()
    signed = signing.headers(message_id="msg_1", at=datetime.now(UTC), body=BODY, keys=[key])

    async def main():
        async with receiver() as listening, Sender(policy=LOOPBACK) as sender:
            await sender.post(listening.url, body=BODY, headers=signed)
            return listening

    listening = asyncio.run(main())
    assert listening.headers() == signed | {
        "host": f"127.0.0.1:{listening.port}",
        "content-type": "application/json",
        "content-length": str(len(BODY)),
        "user-agent": "Faceplatform-Webhooks/0.1.0",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
    }


@pytest.mark.parametrize("name", ["Host", "content-length", "Authorization", "User-Agent"])
def test_no_other_header_can_be_sent(name):
    async def main():
        async with Sender(policy=LOOPBACK) as sender:
            await sender.post("http://127.0.0.1:9/", body=BODY, headers={name: "x"})

    with pytest.raises(ValueError, match=name):
        asyncio.run(main())


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("200 OK", ""),
        ("204 No Content", ""),
        ("299 Odd", ""),
        ("300 Multiple Choices", "redirect"),
        ("304 Not Modified", "redirect"),
        ("400 Bad Request", "status"),
        ("410 Gone", "status"),
        ("429 Too Many Requests", "status"),
        ("500 Internal Server Error", "status"),
        ("599 Odd", "status"),
        ("999 Odd", "status"),
    ],
)
def test_only_2xx_is_a_success(status, error):
    result, _ = post(answer(status))
    assert (result.status_code, result.error) == (int(status[:3]), error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_a_failure_and_not_followed(status):
    async def main():
        async with receiver() as elsewhere, Sender(policy=LOOPBACK) as sender:
            redirect = answer(f"{status} Moved", f"Location: {elsewhere.url}")
            async with receiver(redirect) as listening:
                result = await sender.post(listening.url, body=BODY, headers={})
                return result, listening, elsewhere

    result, listening, elsewhere = asyncio.run(main())
    assert (result.status_code, result.error) == (status, Failure.REDIRECT)
    assert (len(listening.requests), elsewhere.connections) == (1, 0)


@pytest.mark.parametrize(
    ("bytes_", "error"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 2000 OK\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 200 OK\r\nA: " + b"a" * 200_000 + b"\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Failure.PROTOCOL_ERROR),
        (b"", Failure.PROTOCOL_ERROR),
    ],
)
def test_answers_that_are_no_http(bytes_, error):
    result, _ = post(bytes_, closes=True)
    assert (result.status_code, result.error) == (None, error)


@pytest.mark.parametrize(
    "broken",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nshort",
    ],
)
def test_the_status_decides_even_if_the_body_breaks_off(broken):
    result, _ = post(broken, closes=True)
    assert (result.status_code, result.error) == (200, "")


def test_a_body_that_does_not_end_costs_two_seconds_at_most(monkeypatch):
    monkeypatch.setattr(http, "_BODY_SECONDS", 0.05)
    result, _ = post(b"HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nend", None)
    assert (result.status_code, result.error, result.text) == (500, "status", "end")
    assert result.milliseconds < 10_000


def test_no_answer_in_time():
    result, _ = post(None, total_seconds=0.1)
    assert (result.status_code, result.error) == (None, Failure.TIMEOUT)
    assert 90 <= result.milliseconds < 10_000


def test_an_endless_body_is_read_up_to_a_bound():
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    result, _ = post(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + 100 * chunk)
    assert result.succeeded
    assert result.text == "x" * 500


def test_a_compressed_body_is_not_unpacked():
    gzip = bytes.fromhex("1f8b0800000000000003")
    result, _ = post(answer("200 OK", "Content-Encoding: gzip", body=gzip + b"rest"))
    assert result.succeeded
    assert result.text.endswith("rest")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"a\r\nb\tc\x00d\x1b[31me\x7f", "a  b c d [31me"),
        ("Zoë".encode(), "Zoë"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        ("a\u202eb\u2028c".encode(), "a b c"),
        (b"x" * 499 + "é".encode(), "x" * 499),
        (b"x" * 600, "x" * 500),
        (b"\n\n", ""),
    ],
)
def test_the_kept_text_is_short_and_printable(body, text):
    result, _ = post(answer("200 OK", body=body))
    assert result.text == text


@pytest.mark.parametrize(
    ("value", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 0, 0),
        ("-1", None, None),
        ("1.5", None, None),
        ("soon", None, None),
        ("9" * 400, 10**9, 10**9),
        ("1234567890", 10**9, 10**9),
        ("0000000000120", 120, 120),
        ("\u0661", None, None),
        ("Mon, 99 Jan 2026 00:00:00 GMT", None, None),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0, 0),
        ("Mon, 01 Jan 1990 00:00:00", 0, 0),
    ],
)
def test_retry_after(value, least, most):
    result, _ = post(answer("503 Busy", f"Retry-After: {value}"))
    seconds = result.retry_after and result.retry_after.total_seconds()
    if least is None:
        assert result.retry_after is None
    else:
        assert seconds is not None or least == 0
        assert least <= (seconds or 0) <= most
        assert result.retry_after is not None


def test_retry_after_as_a_date():
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    result, _ = post(answer("429 Slow", f"Retry-After: {date}"))
    assert timedelta(minutes=55) < result.retry_after <= timedelta(hours=1)


def test_connections_are_kept():
    async def main():
        async with receiver() as listening, Sender(policy=LOOPBACK) as sender:
            for _ in range(5):
                await sender.post(listening.url, body=BODY, headers={})
            return listening

    listening = asyncio.run(main())
    assert (listening.connections, len(listening.requests)) == (1, 5)


def test_a_kept_connection_that_was_closed_is_replaced():
    async def main():
        async with receiver(closes=True) as listening, Sender(policy=LOOPBACK) as sender:
            results = [await sender.post(listening.url, body=BODY, headers={}) for _ in range(3)]
            return results, listening

    results, listening = asyncio.run(main())
    assert all(result.succeeded for result in results)
    assert listening.connections == 3


def test_requests_at_the_same_time_have_connections_of_their_own_and_share_them_later():
    async def main():
        async with receiver() as listening, Sender(policy=LOOPBACK) as sender:
            for _ in range(3):
                posts = (sender.post(listening.url, body=BODY, headers={}) for _ in range(10))
                assert all(result.succeeded for result in await asyncio.gather(*posts))
            return listening

    listening = asyncio.run(main())
    assert (listening.connections, len(listening.requests)) == (10, 30)


def test_connections_that_nobody_needs_are_closed(monkeypatch):
    monkeypatch.setattr(transport, "_IDLE_SECONDS", 0.0)

    async def main():
        async with (
            receiver() as left,
            receiver() as used,
            Sender(policy=LOOPBACK) as sender,
        ):
            await sender.post(left.url, body=BODY, headers={})
            await sender.post(used.url, body=BODY, headers={})
            await asyncio.wait_for(left.closed.wait(), 10)

    asyncio.run(main())


def test_connections_are_closed_with_the_sender():
    async def main():
        async with receiver() as listening:
            async with Sender(policy=LOOPBACK) as sender:
                await sender.post(listening.url, body=BODY, headers={})
                assert not listening.closed.is_set()
            await asyncio.wait_for(listening.closed.wait(), 10)

    asyncio.run(main())


def test_cookies_are_not_kept():
    async def main():
        cookie = answer("200 OK", "Set-Cookie: a=b; Path=/")
        async with receiver(cookie) as listening, Sender(policy=LOOPBACK) as sender:
            for _ in range(2):
                await sender.post(listening.url, body=BODY, headers={})
            return listening

    assert "cookie" not in asyncio.run(main()).headers()


def test_proxies_of_the_environment_are_ignored(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    result, listening = post(OK)
    assert result.succeeded
    assert listening.connections == 1


def test_no_url_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        post(OK)
    assert "127.0.0.1" not in caplog.text


def test_nobody_listens():
    async def main():
        async with receiver() as listening:
            url = listening.url
        async with Sender(policy=LOOPBACK) as sender:
            return await sender.post(url, body=BODY, headers={})

    assert asyncio.run(main()).error == Failure.CONNECT_FAILED


def test_of_several_addresses_each_is_tried():
    async def main():
        lookup = resolving_to("127.0.0.2", "127.0.0.1")
        async with receiver() as listening, Sender(policy=LOOPBACK, lookup=lookup) as sender:
            url = f"http://receiver.test:{listening.port}/"
            return await sender.post(url, body=BODY, headers={}), listening

    result, listening = asyncio.run(main())
    assert result.succeeded
    assert listening.headers()["host"] == f"receiver.test:{listening.port}"


def _unknown(_: str):
    raise OSError


def _none(_: str):
    return []


@pytest.mark.parametrize("lookup", [_unknown, _none])
def test_a_name_without_addresses(lookup):
    async def main():
        async with Sender(policy=LOOPBACK, lookup=lookup) as sender:
            return await sender.post("http://nowhere.test/", body=BODY, headers={})

    assert asyncio.run(main()).error == Failure.DNS_FAILED


def test_a_resolver_that_hangs_is_bounded_and_asked_once():
    async def main():
        released = asyncio.Event()
        loop = asyncio.get_running_loop()
        asked = []

        def lookup(host):
            asked.append(host)
            asyncio.run_coroutine_threadsafe(released.wait(), loop).result()
            return []

        async with Sender(policy=LOOPBACK, lookup=lookup, connect_seconds=0.5) as sender:
            posts = (sender.post("http://slow.test/", body=BODY, headers={}) for _ in range(20))
            results = await asyncio.gather(*posts)
            released.set()
        return results, asked

    results, asked = asyncio.run(main())
    assert {result.error for result in results} == {Failure.DNS_FAILED}
    assert asked == ["slow.test"]


def test_head_and_body_are_sent_in_one_piece(monkeypatch):
    pieces = []

    class Stream(httpcore.AsyncMockStream):
        async def write(self, buffer, timeout=None):
            pieces.append(buffer)

    async def connect(*_, **__):
        return Stream([OK])

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)

    async def main():
        async with Sender(policy=LOOPBACK) as sender:
            return await sender.post("http://127.0.0.1:9/", body=BODY, headers={})

    assert asyncio.run(main()).succeeded
    (piece,) = pieces
    assert piece.startswith(b"POST / HTTP/1.1\r\n")
    assert piece.endswith(b"\r\n\r\n" + BODY)


def test_names_without_an_answer_leave_lookups_for_other_clients():
    answered = Event()

    def lookup(host: str) -> list[Address]:
        if host.startswith("hanging"):
            answered.wait(_SECONDS)
            raise OSError
        return [ip_address("127.0.0.1")]

    async def main():
        async with (
            receiver() as listening,
            Sender(policy=LOOPBACK, lookup=lookup, connect_seconds=_SECONDS) as sender,
        ):

            def post(host: str, owner: int):
                url = f"http://{host}:{listening.port}/"
                return sender.post(url, body=BODY, headers={}, owner=owner)

            hanging = [asyncio.create_task(post(f"hanging{n}.test", 1)) for n in range(100)]
            await asyncio.sleep(0)
            async with asyncio.timeout(_SECONDS / 2):
                good = await post("good.test", 2)
            answered.set()
            return good, await asyncio.gather(*hanging)

    good, others = asyncio.run(main())
    assert good.succeeded
    assert {each.error for each in others} == {Failure.DNS_FAILED}


@pytest.mark.parametrize(
    ("flood", "error"),
    [
        (b"HTTP/1.1 100 \r\n\r\n" * 11 + OK, Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 103 E\r\n" + b"x:\r\n" * 20_000 + b"\r\n" + OK, Failure.PROTOCOL_ERROR),
        (b"HTTP/1.1 100 \r\n\r\n" * 10 + OK, ""),
        (b"HTTP/1.1 103 E\nLink: </a>\n\n" + OK, ""),
    ],
)
def test_interim_answers_are_bounded(flood, error):
    result, _ = post(flood)
    assert result.error == error


def test_a_flood_of_interim_answers_costs_the_loop_one_read(monkeypatch):
    """The rest of 1.7 MB stays in the system's buffers, so other requests wait for no parsing."""
    read: Counter[AnswerBounds] = Counter()
    count = AnswerBounds.count

    def counted(bounds: AnswerBounds, data: bytes) -> None:
        read[bounds] += len(data)
        count(bounds, data)

    monkeypatch.setattr(AnswerBounds, "count", counted)
    interim = b"HTTP/1.1 100 \r\n\r\n"

    async def main():
        async with receiver(interim * 100_000) as listening, Sender(policy=LOOPBACK) as sender:
            posts = [sender.post(listening.url, body=BODY, headers={}) for _ in range(20)]
            return await asyncio.gather(*posts)

    assert {each.error for each in asyncio.run(main())} == {Failure.PROTOCOL_ERROR}
    assert len(read) == 20
    assert max(read.values()) < 64 * 1024 + (MOST_INTERIM + 1) * len(interim)


def test_the_bytes_of_an_answer_are_bounded_however_small_its_chunks():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    result, _ = post(head + b"1\r\nx\r\n" * 100_000, None)
    assert (result.succeeded, result.text) == (True, "x" * 500)
    assert result.milliseconds < 1_500  # the time for a body
