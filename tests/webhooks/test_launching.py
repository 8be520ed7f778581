"""The thread of a web process: one delivers, another takes over."""

from datetime import timedelta
from threading import Event

import pytest
from django.utils import timezone

from faceplatform.leases.models import Lease
from tests.webhooks.delivering import answer, endpoint, pending
from webhooks import launching
from webhooks.desk import Desk
from webhooks.launching import LEASE, DeliveryThread
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)

_SECONDS = 30


@pytest.fixture
def arrived(network):
    """An event of the first request."""
    arrived = Event()

    def respond(*_):
        arrived.set()
        return answer()

    network(respond)
    return arrived


@pytest.fixture
def row(api):
    return pending(endpoint(api.client), timezone.now())


@pytest.fixture
def started(monkeypatch):
    """A function that starts a thread, which ends with the test."""
    monkeypatch.setattr(launching, "_LOOK_SECONDS", 0.05)
    threads = []

    def start(*, lease):
        thread = DeliveryThread(lease=lease)
        threads.append(thread)
        thread.start()
        return thread

    yield start
    for thread in threads:
        thread.stop()
        assert not thread._thread.is_alive()


def test_it_delivers_under_the_lease_and_gives_it_up(row, arrived, started):
    thread = started(lease=True)
    assert arrived.wait(_SECONDS)
    assert not LEASE.is_free()
    thread.stop()
    assert LEASE.is_free()
    assert Delivery.objects.get().state == "delivered"


def test_without_the_lease_nothing_is_sent(row, arrived, started):
    assert LEASE.take("another")
    thread = started(lease=True)
    assert not arrived.wait(0.3)
    thread.stop()
    assert Delivery.objects.get().state == "pending"


def test_another_takes_over_from_a_killed_holder(row, arrived, started):
    assert LEASE.take("killed")
    started(lease=True)
    Lease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert arrived.wait(_SECONDS)


def test_a_worker_needs_no_lease(row, arrived, started):
    assert LEASE.take("another")
    started(lease=False)
    assert arrived.wait(_SECONDS)


def test_web_starts_it_only_where_no_worker_delivers(settings, row, arrived):
    launching.start_in_web()
    assert launching._in_this_process == []
    settings.FACEPLATFORM_WEBHOOKS_BY = "thread"
    launching.start_in_web()
    assert arrived.wait(_SECONDS)
    launching.stop_in_web()
    assert launching._in_this_process == []
    assert LEASE.is_free()


@pytest.mark.parametrize("lease", [True, False])
def test_after_a_defect_it_delivers_again(row, arrived, started, monkeypatch, caplog, lease):
    monkeypatch.setattr(launching, "_RESTART_SECONDS", 0.01)
    look, defects = Desk.look, iter([ZeroDivisionError("a defect")])

    def fail_once(*arguments, **named):
        for defect in defects:
            raise defect
        return look(*arguments, **named)

    monkeypatch.setattr(Desk, "look", fail_once)
    started(lease=lease)
    assert arrived.wait(_SECONDS)
    (record,) = [each for each in caplog.records if each.levelname == "CRITICAL"]
    assert record.exc_info[0] is ZeroDivisionError
