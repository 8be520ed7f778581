"""The outbox: which deliveries are recorded, at which cost, and in which transaction."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from faceplatform import events
from faceplatform.transactions import retried
from tests.stage import problem
from tests.webhooks.receiving import subscribe, types
from webhooks import outbox
from webhooks.models import Delivery, EndpointState

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def alert(client, **fields):
    return events.SecurityAlert(
        client_id=client.pk,
        subject_id=None,
        **{"at": AT, "alert": "refresh_token_reused", "detail": {}, **fields},
    )


def publish(event) -> list[str]:
    """Publish in a transaction; return the statements that webhooks made."""
    with CaptureQueriesContext(connection) as made, transaction.atomic():
        events.publish(event)
    return [query["sql"] for query in made if "webhooks_" in query["sql"]]


@pytest.mark.parametrize("pattern", ["*", "security.*", "security.alert"])
def test_type_family_and_everything_subscribe(api, pattern):
    endpoint = subscribe(api.client, pattern)
    publish(alert(api.client))
    assert types(endpoint) == ["security.alert"]


@pytest.mark.parametrize("pattern", ["subject.*", "import.completed", "security.other"])
def test_others_do_not(api, pattern):
    endpoint = subscribe(api.client, pattern)
    publish(alert(api.client))
    assert types(endpoint) == []


def test_several_patterns_that_match_are_one_delivery(api):
    endpoint = subscribe(api.client, "*", "security.*", "security.alert")
    publish(alert(api.client))
    assert types(endpoint) == ["security.alert"]


def test_all_endpoints_get_one_message_with_one_id(api):
    first, second = subscribe(api.client, "*"), subscribe(api.client, "security.*")
    publish(alert(api.client))
    mine, yours = Delivery.objects.order_by("pk")
    assert (mine.endpoint, yours.endpoint) == (first, second)
    assert mine.message_id == yours.message_id
    assert mine.message_id.startswith("msg_")
    assert mine.public_id != yours.public_id
    assert mine.body == yours.body
    publish(alert(api.client))
    assert Delivery.objects.values("message_id").distinct().count() == 2


def test_a_delivery_is_due_at_once_and_says_when_it_happened(api, endpoint):
    before = timezone.now()
    publish(alert(api.client))
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts_made, delivery.claim) == ("pending", 0, "")
    assert before <= delivery.next_attempt_at <= timezone.now()
    assert (delivery.occurred_at, delivery.finished_at) == (AT, None)
    assert delivery.client == api.client
    assert '"timestamp":"2026-11-24T12:00:00Z"' in delivery.body


def test_another_client_hears_nothing(api, other):
    theirs = subscribe(other.client, "*")
    publish(alert(api.client))
    assert types(theirs) == []


def test_a_paused_endpoint_s_deliveries_wait_and_a_disabled_one_has_none(api):
    paused = subscribe(api.client, "*", state=EndpointState.PAUSED)
    disabled = subscribe(api.client, "*", state=EndpointState.DISABLED)
    publish(alert(api.client))
    assert types(paused) == ["security.alert"]
    assert types(disabled) == []


def test_an_endpoint_is_not_told_of_itself(api, endpoint):
    watching = subscribe(api.client, "webhook.*")
    about = {
        "client_id": api.client.pk,
        "subject_id": None,
        "at": AT,
        "endpoint_id": endpoint.public_id,
        "endpoint_name": endpoint.name,
    }
    publish(events.EndpointFailing(failing_since=AT, **about))
    publish(events.EndpointDisabled(reason="failing", **about))
    publish(events.AttemptsExhausted(message_id="msg_1", event_type="subject.created", **about))
    assert types(endpoint) == []
    assert types(watching) == [
        "webhook.endpoint_failing",
        "webhook.endpoint_disabled",
        "webhook.attempts_exhausted",
    ]


def test_an_event_without_a_type_costs_nothing(api, endpoint):
    removed = events.TemplateRemoved(
        client_id=api.client.pk, subject_id=None, at=AT, enrollment_id=str(uuid4())
    )
    assert publish(removed) == []
    assert types(endpoint) == []


@pytest.mark.parametrize(("endpoints", "statements"), [(0, 1), (1, 2), (3, 2)])
def test_a_frame_that_ends_a_session_costs_a_query_and_an_insert(api, stage, endpoints, statements):
    token = api.enrollment_token(target_samples=2)
    for _ in range(endpoints):
        subscribe(api.client, "enrollment.*", "liveness.failed")
    with CaptureQueriesContext(connection) as first:
        api.post_frame(token, stage.frame())
    assert not [query for query in first if "webhooks_" in query["sql"]]
    with CaptureQueriesContext(connection) as last:
        assert api.post_frame(token, stage.frame()).json()["enrollment_complete"] is True
    made = [query["sql"].split()[0] for query in last if "webhooks_" in query["sql"]]
    assert made == ["SELECT", "INSERT"][:statements]
    assert Delivery.objects.count() == endpoints


def test_an_authentication_that_opens_costs_nothing(api, stage, endpoint):
    api.enroll(stage)
    with CaptureQueriesContext(connection) as made:
        api.authentication_token("alice")
    assert not [query for query in made if "webhooks_" in query["sql"]]


@pytest.mark.django_db(transaction=True)
def test_the_loops_are_woken_once_it_is_committed(api, endpoint, wakes):
    with transaction.atomic():
        events.publish(alert(api.client))
        assert wakes == []
    assert wakes == ["wake"]


@pytest.mark.django_db(transaction=True)
def test_nobody_is_woken_for_nothing(api, wakes):
    publish(alert(api.client))
    assert wakes == []


@pytest.mark.django_db(transaction=True)
def test_a_rollback_leaves_nothing(api, stage, endpoint, wakes):
    def fail(event, **_):
        if isinstance(event, events.SessionEnded):
            raise ZeroDivisionError

    token = api.enrollment_token(target_samples=1)
    before = types(endpoint)
    events.published.connect(fail)  # after the outbox, which has written its row
    try:
        problem(api.post_frame(token, stage.frame()), 500, "internal_error")
    finally:
        events.published.disconnect(fail)
    assert types(endpoint) == before == ["subject.created", "enrollment.started"]
    api.post_frame(token, stage.frame())
    assert types(endpoint) == [*before, "enrollment.completed"]


@pytest.mark.django_db(transaction=True)
def test_a_session_that_cannot_be_told_of_is_not_opened(api, endpoint):
    def fail(event, **_):
        if isinstance(event, events.SessionOpened):
            raise ZeroDivisionError

    events.published.connect(fail)
    try:
        problem(api.open_enrollment("alice"), 500, "internal_error")
    finally:
        events.published.disconnect(fail)
    assert types(endpoint) == ["subject.created"]  # in a transaction of its own
    assert api.http.get("/api/auth/enrollments/").json()["results"] == []


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_repeated_tells_once(api, endpoint, wakes):
    """The database gives up the first try after everything was written."""
    tries = []

    @retried
    @transaction.atomic
    def work() -> None:
        events.publish(alert(api.client))
        tries.append(Delivery.objects.count())
        if len(tries) == 1:
            raise DatabaseError(1213, "Deadlock found")

    work()
    assert tries == [1, 1]
    assert types(endpoint) == ["security.alert"]
    assert wakes == ["wake"]


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_that_is_deleted_meanwhile_is_left_out(api, endpoint, monkeypatch):
    """Its row is gone between the look for subscriptions and the insert."""
    gone = subscribe(api.client, "*")
    look = outbox._subscriptions

    def late(*asked):
        found = look(*asked)
        monkeypatch.setattr(outbox, "_subscriptions", look)
        gone_pk = gone.pk
        gone.delete()
        assert gone_pk in [each.endpoint_pk for each in found]
        return found

    monkeypatch.setattr(outbox, "_subscriptions", late)

    @retried
    @transaction.atomic
    def work() -> None:
        events.publish(alert(api.client))

    work()
    assert types(endpoint) == ["security.alert"]
