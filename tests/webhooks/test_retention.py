"""Housekeeping: ended deliveries go after their days, and those never to be sent are ended."""

from contextlib import contextmanager
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection
from django.utils import timezone

from clients.models import Client
from faceplatform import housekeeping
from tests.webhooks.delivering import endpoint, pending
from tests.webhooks.endpoints import ago, attempt
from webhooks import endpoints, requeuing, retention
from webhooks.models import Attempt, Delivery, Endpoint

pytestmark = pytest.mark.django_db

_LATE = timedelta(days=31)


@pytest.fixture
def to(api):
    return endpoint(api.client)


def ended(to, ago):
    now = timezone.now()
    row = pending(to, now, state="delivered", next_attempt_at=None, finished_at=now - ago)
    attempt(row, at=now)
    return row


def old(to):
    """Return a delivery that was recorded long ago, and is due since then."""
    then = timezone.now() - _LATE
    row = pending(to, then)
    Delivery.objects.filter(pk=row.pk).update(created_at=then)
    return row


@contextmanager
def after_look(number, act):
    """Act after that query, when the deliveries to end are found: as another process may then."""
    looks = count(1)

    def execute(run, sql, *rest):
        result = run(sql, *rest)
        if sql.startswith("SELECT") and next(looks) == number:
            act()
        return result

    with connection.execute_wrapper(execute):
        yield


def test_ended_ones_are_removed_after_their_days(to, settings):
    ended(to, _LATE)
    kept, waiting = ended(to, timedelta(days=29)), old(to)
    assert retention.remove_old(limit=10) == 1
    assert set(Delivery.objects.all()) == {kept, waiting}
    assert Attempt.objects.get().delivery == kept
    settings.FACEPLATFORM_WEBHOOKS_DAYS = 1
    assert retention.remove_old(limit=10) == 1


def test_in_small_pieces(to):
    for _ in range(5):
        ended(to, _LATE)
    assert [retention.remove_old(limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_one_that_is_sent_again_and_again_goes_in_the_end(to):
    kept, gone, waits = ended(to, timedelta(0)), ended(to, timedelta(0)), pending(to, ago(days=61))
    for row, days in ((kept, 59), (gone, 61), (waits, 61)):
        Delivery.objects.filter(pk=row.pk).update(created_at=ago(days=days))
    assert retention.remove_old(limit=10) == 1
    assert set(Delivery.objects.all()) == {kept, waits}
    assert Attempt.objects.get().delivery == kept


def test_those_of_disabled_endpoints_are_abandoned(api, to):
    rows = [pending(to, timezone.now()) for _ in range(3)]
    kept = pending(endpoint(api.client), timezone.now())
    to.state = "disabled"
    to.save(update_fields=["state"])
    assert [retention.abandon(limit=2) for _ in range(3)] == [2, 1, 0]
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.next_attempt_at) == ("abandoned", None)
        assert row.finished_at is not None
    kept.refresh_from_db()
    assert kept.state == "pending"


def test_those_of_paused_endpoints_wait_for_days_only(to):
    young, waited = pending(to, timezone.now()), old(to)
    assert retention.abandon(limit=10) == 0  # the endpoint is active: the schedule ends them
    to.state = "paused"
    to.save(update_fields=["state"])
    assert retention.abandon(limit=10) == 1
    states = dict(Delivery.objects.values_list("pk", "state"))
    assert states == {young.pk: "pending", waited.pk: "abandoned"}


# Those of disabled endpoints are looked for first.
@pytest.mark.parametrize(("state", "look"), [("disabled", 1), ("paused", 2)])
def test_those_of_an_endpoint_that_is_resumed_meanwhile_are_sent(api, to, state, look):
    row = old(to)
    Endpoint.objects.filter(pk=to.pk).update(state=state)
    with after_look(look, lambda: endpoints.resume(api.client, to.public_id, by=None)):
        assert retention.abandon(limit=10) == 0
    row.refresh_from_db()
    assert row.state == "pending"


def test_those_of_a_client_that_becomes_active_meanwhile_are_sent(api, to):
    old(to)
    clients = Client.objects.filter(pk=api.client.pk)
    clients.update(is_active=False)
    with after_look(2, lambda: clients.update(is_active=True)):
        assert retention.abandon(limit=10) == 0


def test_an_old_one_that_is_sent_again_waits_from_then_on(api, to):
    row = old(to)
    Delivery.objects.update(state="exhausted", finished_at=timezone.now(), next_attempt_at=None)
    endpoints.pause(api.client, to.public_id, by=None)
    requeuing.retry(api.client, row.public_id)
    assert retention.abandon(limit=10) == 0
    Delivery.objects.update(next_attempt_at=timezone.now() - _LATE)
    assert retention.abandon(limit=10) == 1


def test_those_of_inactive_clients_too(api, to):
    old(to)
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    assert retention.abandon(limit=10) == 1


def test_housekeeping_does_it(to):
    ended(to, _LATE)
    assert "1 webhook deliveries removed" in housekeeping.clean_up()
