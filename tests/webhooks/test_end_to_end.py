"""From rows to a real HTTP receiver, over the real sender: each event arrives once, verified."""

from datetime import timedelta
from ipaddress import ip_network

import pytest

from tests.webhooks.backend import Backend
from tests.webhooks.delivering import deliver, pending
from webhooks import endpoint_secrets, schedule
from webhooks.models import Attempt, Delivery, Endpoint

pytestmark = pytest.mark.django_db(transaction=True)

EVENTS = 40
# The verifier takes times of the last and next five minutes: the attempts lie around now.
_BEFORE = timedelta(minutes=3)


@pytest.fixture
def backend(settings):
    settings.FACEPLATFORM_WEBHOOKS_ALLOW_HTTP = True
    settings.FACEPLATFORM_WEBHOOKS_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    with Backend().listening() as backend:
        yield backend


@pytest.fixture
def to(api, backend):
    created = Endpoint.objects.create(client=api.client, name="backend", url=backend.url)
    backend.secret = endpoint_secrets.issue(created)
    return created


def test_each_event_arrives_once_after_failed_attempts(to, backend, clock):
    backend.fails = lambda message, before: before < int(message[-1]) % 3  # none, one or two
    clock.move(-_BEFORE)
    rows = {row.message_id: row for row in (pending(to, clock()) for _ in range(EVENTS))}
    for wait in schedule.WAITS[:3]:
        clock.move(wait * (1 + schedule.JITTER))
        deliver(clock)
    assert backend.refused == []
    assert {message: len(bodies) for message, bodies in backend.accepted.items()} == dict.fromkeys(
        rows, 1
    )
    assert set(Delivery.objects.values_list("state", flat=True)) == {"delivered"}
    for message, row in rows.items():
        attempts = Attempt.objects.filter(delivery=row).order_by("number")
        statuses = [each.status_code for each in attempts]
        assert statuses == [503] * (int(message[-1]) % 3) + [204]


def test_both_secrets_of_an_overlap_verify(to, backend, clock):
    old = backend.secret
    new = endpoint_secrets.regenerate(to, overlap=timedelta(hours=1))
    for secret in (old, new):
        backend.secret = secret
        pending(to, clock())
        deliver(clock)
    assert (len(backend.accepted), backend.refused) == (2, [])


def test_a_receiver_that_is_away_is_tried_again(to, backend, clock, api):
    away = Endpoint.objects.create(client=api.client, name="away", url="http://127.0.0.1:9/")
    endpoint_secrets.issue(away)
    row = pending(away, clock())
    pending(to, clock())
    deliver(clock)
    assert Attempt.objects.get(delivery=row).error == "connect_failed"
    row.refresh_from_db()
    assert (row.state, row.attempts_made) == ("pending", 1)
    assert len(backend.accepted) == 1
