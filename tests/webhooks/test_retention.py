"""Housekeeping: ended deliveries go after their days, and those never to be sent are ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from faceplatform import housekeeping
from tests.webhooks.delivering import endpoint, pending
from webhooks import retention
from webhooks.models import Attempt, Delivery

pytestmark = pytest.mark.django_db

_LATE = timedelta(days=31)


@pytest.fixture
def to(api):
    return endpoint(api.client)


def ended(to, ago):
    now = timezone.now()
    row = pending(to, now, state="delivered", next_attempt_at=None, finished_at=now - ago)
    Attempt.objects.create(delivery=row, number=1, at=now, milliseconds=1)
    return row


def old(to):
    row = pending(to, timezone.now())
    Delivery.objects.filter(pk=row.pk).update(created_at=timezone.now() - _LATE)
    return row


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


def test_those_of_inactive_clients_too(api, to):
    old(to)
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    assert retention.abandon(limit=10) == 1


def test_housekeeping_does_it(to):
    ended(to, _LATE)
    assert "1 webhook deliveries removed" in housekeeping.clean_up()
