"""Failing endpoints: noticed after a day, disabled after days, and no cascade of events."""

from datetime import timedelta

import pytest

from faceplatform import events
from tests.audit.test_recording import CLIENT_FORM
from tests.webhooks.delivering import answer, deliver, endpoint, pending
from webhooks import endpoints, wake
from webhooks.models import Attempt, Delivery, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)

_DAY = timedelta(days=1)


def fails(*_):
    return answer(500)


@pytest.fixture
def to(api):
    return endpoint(api.client)


def attempted(to, clock):
    """Attempt one delivery now, without leaving a retry."""
    pending(to, clock(), attempts_made=9, event_type="webhook.attempts_exhausted")
    deliver(clock)
    to.refresh_from_db()


def test_a_day_of_failures_is_told_once(to, clock, network, heard):
    network(fails)
    for _ in range(4):
        attempted(to, clock)
        clock.move(_DAY / 2)
    (told,) = heard
    assert isinstance(told, events.EndpointFailing)
    assert (told.client_id, told.endpoint_id) == (to.client_id, to.public_id)
    assert told.failing_since == to.failing_since
    assert told.at - told.failing_since == _DAY


def test_a_success_ends_the_run_of_failures(to, clock, network, heard):
    network(fails)
    attempted(to, clock)
    clock.move(_DAY)
    attempted(to, clock)
    network(lambda *_: answer())
    attempted(to, clock)
    assert (to.failing_since, to.failing_told_at, to.last_success_at) == (None, None, clock())
    network(fails)
    for _ in range(2):
        attempted(to, clock)
        clock.move(_DAY)
    attempted(to, clock)
    assert [type(event) for event in heard] == [events.EndpointFailing] * 2


def test_days_of_nothing_but_failures_disable(to, clock, network, heard, settings):
    settings.FACEPLATFORM_WEBHOOKS_DISABLE_DAYS = 3
    network(fails)
    for _ in range(3):
        attempted(to, clock)
        clock.move(_DAY)
    assert to.state == "active"
    attempted(to, clock)
    assert (to.state, to.disabled_reason) == ("disabled", "failing")
    assert [type(event) for event in heard] == [events.EndpointFailing, events.EndpointDisabled]
    assert heard[-1].reason == "failing"


def stop(to, state):
    to.state = state
    to.save(update_fields=["state"])


@pytest.mark.parametrize("state", ["paused", "disabled"])
def test_resumed_it_begins_without_failures(api, to, clock, network, heard, state):
    network(fails)
    attempted(to, clock)
    clock.move(_DAY)
    attempted(to, clock)
    stop(to, state)
    clock.move(30 * _DAY)
    endpoints.resume(api.client, to.public_id, by=None)
    heard.clear()
    attempted(to, clock)
    assert (to.state, to.failing_since, to.failing_told_at) == ("active", clock(), None)
    assert heard == []


def test_the_endpoint_of_a_client_that_is_active_again_begins_without_failures(
    api, other, to, clock, network, heard, admin_client
):
    foreign = endpoint(other.client)
    Endpoint.objects.filter(pk=foreign.pk).update(failing_since=clock())
    network(fails)
    attempted(to, clock)
    clock.move(_DAY)
    attempted(to, clock)
    for is_active in ("", "on"):
        form = {**CLIENT_FORM, "is_active": is_active}
        answer = admin_client.post(f"/admin/clients/client/{api.client.pk}/change/", form)
        assert answer.status_code == 302, answer.content
        clock.move(30 * _DAY)
    heard.clear()
    attempted(to, clock)
    assert (to.state, to.failing_since, to.failing_told_at) == ("active", clock(), None)
    assert heard == []
    foreign.refresh_from_db()
    assert foreign.failing_since is not None


def test_one_that_begins_again_meanwhile_is_not_disabled(api, to, clock, network, settings):
    settings.FACEPLATFORM_WEBHOOKS_DISABLE_DAYS = 1

    def begin_again(event, **_):
        if isinstance(event, events.EndpointFailing):
            endpoints.pause(api.client, to.public_id, by=None)
            endpoints.resume(api.client, to.public_id, by=None)

    network(fails)
    attempted(to, clock)
    clock.move(_DAY)
    events.published.connect(begin_again)
    try:
        attempted(to, clock)
    finally:
        events.published.disconnect(begin_again)
    assert (to.state, to.failing_since) == ("active", None)


def test_gone_disables_at_once(to, clock, network, heard):
    network(lambda *_: answer(410))
    row = pending(to, clock())
    deliver(clock)
    to.refresh_from_db()
    row.refresh_from_db()
    assert (to.state, to.disabled_reason) == ("disabled", "gone")
    assert (row.state, row.finished_at, row.next_attempt_at) == ("abandoned", clock(), None)
    assert Attempt.objects.get().status_code == 410
    (told,) = heard
    assert isinstance(told, events.EndpointDisabled)
    assert told.reason == "gone"


def test_a_clock_that_was_ahead_disables_nobody_later(to, clock, network, heard):
    network(fails)
    clock.move(30 * _DAY)
    attempted(to, clock)
    clock.move(-30 * _DAY)
    attempted(to, clock)
    assert to.failing_since == clock()
    assert heard == []


def test_the_last_failed_attempt_is_told(to, clock, network, heard):
    network(fails)
    row = pending(to, clock(), attempts_made=9)
    deliver(clock)
    row.refresh_from_db()
    assert (row.state, row.attempts_made, row.finished_at) == ("exhausted", 10, clock())
    (told,) = heard
    assert isinstance(told, events.AttemptsExhausted)
    assert (told.message_id, told.event_type) == (row.message_id, "enrollment.completed")


def test_two_dead_endpoints_do_not_tell_of_each_other_for_ever(api, clock, network, heard):
    """Each event about an endpoint goes to the other one, as the outbox does it."""
    network(fails)
    pair = [endpoint(api.client), endpoint(api.client)]
    types = {
        events.EndpointFailing: "webhook.endpoint_failing",
        events.EndpointDisabled: "webhook.endpoint_disabled",
        events.AttemptsExhausted: "webhook.attempts_exhausted",
    }

    def record(event, **_):
        for other in Endpoint.objects.exclude(public_id=event.endpoint_id):
            if other.state == "active":
                pending(other, clock(), event_type=types[type(event)])

    events.published.connect(record)
    try:
        pending(pair[0], clock())
        for _ in range(400):
            deliver(clock)
            clock.move(timedelta(hours=6))
    finally:
        events.published.disconnect(record)
    told = [type(event) for event in heard]
    assert told.count(events.AttemptsExhausted) == 1
    assert told.count(events.EndpointFailing) <= 2
    assert told.count(events.EndpointDisabled) <= 2
    assert not Delivery.objects.filter(state="pending", endpoint__state="active").exists()


def test_nothing_is_woken_where_no_loop_runs():
    wake.wake()
