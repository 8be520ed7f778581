"""The loop over a scripted network: retries, signatures, batches, waking, stopping, outages."""

import asyncio
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Semaphore, Thread
from time import monotonic

import pytest
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection
from standardwebhooks.webhooks import Webhook

from tests.webhooks.delivering import ScriptedSender, answer, deliver, endpoint, pending
from webhooks import claims, desk, endpoint_secrets, endpoints, schedule, wake
from webhooks.loop import DeliveryLoop
from webhooks.models import Attempt, Delivery, Endpoint, EndpointSecret

pytestmark = pytest.mark.django_db(transaction=True)

_SECONDS = 30


@pytest.fixture
def to(api):
    return endpoint(api.client)


@contextmanager
def running(clock):
    """Run a loop in a thread. Script the network before: the loop takes it when it starts."""
    loop = DeliveryLoop(now=clock)
    thread = Thread(target=loop.run)
    thread.start()
    try:
        yield
    finally:
        loop.stop()
        thread.join(_SECONDS)
    assert not thread.is_alive()


def test_every_attempt_of_the_schedule(to, clock, network):
    sender = network(lambda *_: answer(503, text="later"))
    row = pending(to, clock())
    for wait in schedule.WAITS:
        clock.move(wait * (1 + schedule.JITTER))
        deliver(clock)
    row.refresh_from_db()
    assert (row.state, row.attempts_made) == ("exhausted", 10)
    assert len(sender.sent) == 10
    attempts = Attempt.objects.filter(delivery=row).order_by("number")
    assert [each.number for each in attempts] == list(range(1, 11))
    assert {(each.status_code, each.error, each.answer) for each in attempts} == {
        (503, "status", "later")
    }
    clock.move(timedelta(days=30))
    deliver(clock)
    assert len(sender.sent) == 10


def test_no_attempt_before_its_time(to, clock, network):
    sender = network(lambda *_: answer(None))
    pending(to, clock())
    deliver(clock)
    clock.move(schedule.WAITS[1] - timedelta(milliseconds=1))
    deliver(clock)
    assert len(sender.sent) == 1


def test_each_attempt_is_signed_with_its_own_time(api, clock, network):
    sender = network(lambda *_: answer(500))
    clock.time = datetime(2030, 1, 1, tzinfo=UTC)
    to = endpoint(api.client)
    row = pending(to, clock())
    deliver(clock)
    clock.move(timedelta(minutes=10))
    deliver(clock)
    times = [int(headers["webhook-timestamp"]) for headers in sender.headers]
    assert times == [int(clock().timestamp()) - 600, int(clock().timestamp())]
    assert len({headers["webhook-signature"] for headers in sender.headers}) == 2
    (key,) = endpoint_secrets.keys_in_use(to, clock())
    signed = Webhook(key).sign(row.message_id, clock(), row.body)
    assert sender.headers[-1]["webhook-signature"] == signed


def test_an_endpoint_without_a_usable_secret_fails_and_no_other(api, to, clock, network):
    sender = network(lambda *_: answer())
    other = endpoint(api.client, url="http://127.0.0.1:2/")
    EndpointSecret.objects.filter(endpoint=to).update(key=b"x" * 60)
    pending(to, clock())
    pending(other, clock())
    deliver(clock)
    assert [url for url, _ in sender.sent] == [other.url]
    failed = Attempt.objects.get(delivery__endpoint=to)
    assert (failed.error, failed.status_code) == ("secret_unavailable", None)


def test_many_are_delivered_each_once(api, clock, network):
    sender = network(lambda *_: answer())
    endpoints = [endpoint(api.client, url=f"http://127.0.0.1:{port}/") for port in (1, 2, 3)]
    for _ in range(150):
        for to in endpoints:
            pending(to, clock())
    deliver(clock)
    assert set(Counter(sender.sent).values()) == {1}
    assert len(sender.sent) == 450
    assert set(Delivery.objects.values_list("state", "finished_at")) == {("delivered", clock())}


def test_a_delivery_is_sent_as_soon_as_the_loop_is_woken(to, clock, network, monkeypatch):
    arrived, looked = Event(), Event()

    def respond(*_):
        arrived.set()
        return answer()

    waiting = claims.waiting

    def look():
        found = waiting()
        looked.set()
        return found

    network(respond)
    monkeypatch.setattr(claims, "waiting", look)
    monkeypatch.setattr("webhooks.loop._POLL_SECONDS", 3600.0)
    with running(clock):
        assert looked.wait(_SECONDS)  # and found nothing: only the wake lets it look again
        pending(to, clock())
        wake.wake()
        assert arrived.wait(_SECONDS)


def test_a_loop_outlives_the_database(to, clock, network, monkeypatch, caplog):
    sent = Event()

    def respond(*_):
        sent.set()
        return answer()

    network(respond)
    waiting, failures = claims.waiting, iter([OperationalError("gone"), InterfaceError("gone")])

    def fail_twice():
        for error in failures:
            raise error
        return waiting()

    monkeypatch.setattr(claims, "waiting", fail_twice)
    pending(to, clock())
    with running(clock):
        assert sent.wait(_SECONDS)
    assert Delivery.objects.get().state == "delivered"
    assert caplog.text.count("Webhooks wait for the database") == 2


def test_results_are_kept_while_the_database_is_away(to, clock, network, monkeypatch):
    sender = network(lambda *_: answer())
    write, failures = desk.results.write, iter([OperationalError("gone")])

    def fail_once(*arguments, **named):
        for error in failures:
            raise error
        write(*arguments, **named)

    monkeypatch.setattr(desk.results, "write", fail_once)
    pending(to, clock())
    loop = DeliveryLoop(
        now=clock, may_go_on=lambda: not Delivery.objects.filter(state="delivered").exists()
    )
    loop.run()
    assert len(sender.sent) == 1
    assert Delivery.objects.get().state == "delivered"


def test_the_command_does_not_hide_that_the_database_is_away(network, monkeypatch):
    network(lambda *_: answer())

    def fail():
        raise OperationalError("gone")

    monkeypatch.setattr(claims, "waiting", fail)
    with pytest.raises(OperationalError):
        call_command("deliver_webhooks", "--until-done")


def test_the_command_delivers_what_is_due(to, clock, network):
    network(lambda *_: answer())
    row = pending(to, clock())
    call_command("deliver_webhooks", "--until-done")
    row.refresh_from_db()
    assert row.state == "delivered"


def test_stopped_before_it_runs_it_sends_nothing(to, clock, network):
    sender = network(lambda *_: answer())
    pending(to, clock())
    loop = DeliveryLoop(now=clock)
    loop.stop()
    loop.run()
    assert sender.sent == []


def test_stopped_it_gives_back_what_it_has_not_sent(to, clock, network, settings):
    settings.FACEPLATFORM_WEBHOOKS_PER_ENDPOINT = 1
    loop = DeliveryLoop(now=clock)
    loop._lanes.answered(to.pk, succeeded=True, milliseconds=1)  # so that some wait in hand

    def respond(*_):
        loop.stop()
        return answer()

    sender = network(respond)
    for _ in range(4):
        pending(to, clock())
    loop.run()
    assert len(sender.sent) == 1
    assert Delivery.objects.filter(state="pending", claim="", next_attempt_at=clock()).count() == 3


def test_the_loop_leaves_no_connection_open(to, clock, network):
    network(lambda *_: answer())
    pending(to, clock())
    deliver(clock)
    if connection.vendor == "mysql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM information_schema.processlist WHERE db=DATABASE()"
            )
            assert cursor.fetchone() == (1,)


class Held(ScriptedSender):
    """Answers some requests only when the test lets it."""

    def __init__(self, is_held, monkeypatch):
        super().__init__(lambda *_: answer())
        self._is_held, self.released = is_held, Event()
        self.arrived = Semaphore(0)
        monkeypatch.setattr("webhooks.loop.Sender", self)

    async def post(self, url, **given):
        self.arrived.release()
        answered = await super().post(url, **given)
        if self._is_held(url):
            await asyncio.get_running_loop().run_in_executor(None, self.released.wait, _SECONDS)
        return answered


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda to: endpoints.delete(to.client, to.public_id, by=None), id="deleted"),
        pytest.param(lambda to: endpoints.pause(to.client, to.public_id, by=None), id="paused"),
        pytest.param(lambda to: Endpoint.objects.update(url="http://127.0.0.1:2/"), id="moved"),
        pytest.param(
            lambda to: endpoint_secrets.regenerate(to, overlap=timedelta(0)), id="other secret"
        ),
        pytest.param(lambda _: Delivery.objects.all().delete(), id="erased"),
    ],
)
def test_what_has_waited_in_hand_is_not_sent_as_it_was(to, clock, settings, monkeypatch, change):
    settings.FACEPLATFORM_WEBHOOKS_PER_ENDPOINT = 1
    passed = 0.0
    monkeypatch.setattr("webhooks.loop.monotonic", lambda: monotonic() + passed)
    sender = Held(lambda _: not sender.released.is_set(), monkeypatch)
    loop = DeliveryLoop(now=clock)
    loop._lanes.answered(to.pk, succeeded=True, milliseconds=1)  # so that some wait in hand
    for _ in range(4):
        pending(to, clock())
    (old_key,) = endpoint_secrets.keys_in_use(to, clock())
    thread = Thread(target=loop.run, kwargs={"until_done": True})
    thread.start()
    assert sender.arrived.acquire(timeout=_SECONDS)
    change(to)
    passed = 1.1
    sender.released.set()
    thread.join(_SECONDS)
    later = zip(sender.sent[1:], sender.headers[1:], strict=True)
    assert not [
        url
        for (url, message_id), headers in later
        if url == to.url and signed_by(old_key, message_id, headers)
    ]


def signed_by(key, message_id, headers):
    body = Delivery.objects.get(message_id=message_id).body
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    return Webhook(key).sign(message_id, at, body) in headers["webhook-signature"]


def test_slow_endpoints_of_one_client_delay_no_other_client(api, other, clock, monkeypatch):
    theirs = endpoint(other.client, url="http://127.0.0.1:9/")
    sender = Held(lambda url: url != theirs.url, monkeypatch)
    for port in range(10, 60):
        slow = endpoint(api.client, url=f"http://127.0.0.1:{port}/")
        for _ in range(10):
            pending(slow, clock())
    with running(clock):
        for _ in range(100):  # two of each
            assert sender.arrived.acquire(timeout=_SECONDS)
        pending(theirs, clock())
        wake.wake()
        assert sender.arrived.acquire(timeout=_SECONDS)
        assert sender.sent[-1][0] == theirs.url
        assert len(sender.sent) == 101
        sender.released.set()
