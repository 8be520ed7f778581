"""Sending deliveries again: `retry/`, `retry-failed/`, `replay/`; and `clear-logs/`."""

import base64
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from tests.stage import limit, problem
from tests.webhooks.endpoints import HOOKS, ago, at, attempt, delivery, endpoint_of, finished
from webhooks import requeuing
from webhooks.models import Attempt, Delivery, DeliveryState, EndpointState

pytestmark = pytest.mark.django_db


@pytest.fixture
def few(monkeypatch):
    """Let a call take two deliveries."""
    monkeypatch.setattr(requeuing, "AT_ONCE", 2)


def post(api, path: str, **asked: Any):
    return api.http.post(f"{HOOKS}{path}", asked, format="json")


def told(api, path: str, **asked: Any) -> dict[str, Any]:
    answer = post(api, path, **asked)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def in_progress(endpoint) -> Delivery:
    """Store a delivery that a process is sending."""
    end = timezone.now() + timedelta(minutes=1)
    return delivery(endpoint, attempts_made=1, claim="a" * 32, next_attempt_at=end)


def due() -> set[int]:
    """Return the keys of deliveries that have all their attempts ahead."""
    rows = Delivery.objects.filter(
        state="pending", attempts_made=0, claim="", finished_at=None
    ).filter(next_attempt_at__lte=timezone.now())
    return set(rows.values_list("pk", flat=True))


@pytest.mark.parametrize("state", DeliveryState)
def test_retry(api, state):
    made = finished(endpoint_of(api), state)
    attempt(made, status_code=500, error="status")
    again = told(api, f"deliveries/{made.public_id}/retry/")
    assert (again["state"], again["attempts_made"], again["finished_at"]) == ("pending", 0, None)
    assert (again["id"], again["message_id"]) == (str(made.public_id), made.message_id)
    assert due() == {made.pk}
    assert Attempt.objects.count() == 1


def test_retry_of_one_that_waits(api):
    later = timezone.now() + timedelta(hours=5)
    made = delivery(endpoint_of(api), attempts_made=5, next_attempt_at=later)
    told(api, f"deliveries/{made.public_id}/retry/")
    assert due() == {made.pk}


def test_no_retry_of_one_that_is_being_sent(api):
    made = in_progress(endpoint_of(api))
    answer = post(api, f"deliveries/{made.public_id}/retry/")
    problem(answer, 409, "webhook_delivery_in_progress")
    assert answer["Retry-After"] == "1"
    made.refresh_from_db()
    assert (made.claim, made.attempts_made) == ("a" * 32, 1)


def test_retry_after_the_sender_was_killed(api):
    made = in_progress(endpoint_of(api))
    Delivery.objects.update(next_attempt_at=ago(seconds=1))
    told(api, f"deliveries/{made.public_id}/retry/")
    assert due() == {made.pk}


@pytest.mark.parametrize(
    ("state", "code"),
    [(EndpointState.DISABLED, "webhook_endpoint_disabled"), (EndpointState.PAUSED, "")],
)
def test_sending_again_to_an_endpoint_that_is_not_active(api, state, code):
    endpoint = endpoint_of(api, state=state)
    made = finished(endpoint)
    since = ago(days=1).isoformat()
    for path, asked in (
        (f"deliveries/{made.public_id}/retry/", {}),
        ("retry-failed/", {"endpoint": str(endpoint.public_id)}),
        (f"endpoints/{endpoint.public_id}/replay/", {"created_after": since}),
    ):
        Delivery.objects.update(state="exhausted")
        answer = post(api, path, **asked)
        if code:
            problem(answer, 409, code)
        else:
            assert answer.status_code == 200
        made.refresh_from_db()
        assert made.state == ("exhausted" if code else "pending")


def test_retry_failed(api, other, few):
    first, second = endpoint_of(api), endpoint_of(api)
    failed = [finished(first, created_at=ago(hours=hour)) for hour in (5, 4, 3)]
    elsewhere = finished(second, created_at=ago(hours=2))
    theirs = finished(endpoint_of(other))
    finished(first, DeliveryState.DELIVERED)
    mine = str(first.public_id)
    assert told(api, "retry-failed/", endpoint=mine) == {"queued": 2, "has_more": True}
    assert due() == {each.pk for each in failed[:2]}
    assert told(api, "retry-failed/", endpoint=mine) == {"queued": 1, "has_more": False}
    assert told(api, "retry-failed/") == {"queued": 1, "has_more": False}
    assert due() == {elsewhere.pk, *(each.pk for each in failed)}
    theirs.refresh_from_db()
    assert theirs.state == "exhausted"


def test_retry_failed_leaves_disabled_endpoints_out(api):
    off = finished(endpoint_of(api, state=EndpointState.DISABLED))
    on = finished(endpoint_of(api))
    assert told(api, "retry-failed/") == {"queued": 1, "has_more": False}
    assert due() == {on.pk}
    off.refresh_from_db()
    assert off.state == "exhausted"


def test_retry_failed_in_a_range(api):
    endpoint = endpoint_of(api)
    finished(endpoint, created_at=ago(hours=9))
    inside = finished(endpoint, created_at=ago(hours=6))
    finished(endpoint, created_at=ago(hours=3))
    asked = {"created_after": ago(hours=8).isoformat(), "created_before": ago(hours=4).isoformat()}
    assert told(api, "retry-failed/", **asked) == {"queued": 1, "has_more": False}
    assert due() == {inside.pk}


def test_replay(api, few):
    endpoint = endpoint_of(api)
    same = ago(hours=5)  # recorded in one statement
    states = [DeliveryState.DELIVERED, DeliveryState.EXHAUSTED, DeliveryState.ABANDONED]
    made = [finished(endpoint, state, created_at=same) for state in states]
    sending = in_progress(endpoint)
    finished(endpoint, created_at=ago(hours=9))
    finished(endpoint_of(api), created_at=same)
    path, since = f"endpoints/{endpoint.public_id}/replay/", ago(hours=6).isoformat()
    first = told(api, path, created_after=since)
    assert first["queued"] == 2
    assert due() == {each.pk for each in made[:2]}
    second = told(api, path, created_after=since, cursor=first["cursor"])
    assert second == {"queued": 1, "cursor": None}
    assert due() == {each.pk for each in made}
    sending.refresh_from_db()
    assert sending.claim
    assert {each.message_id for each in made} == set(
        Delivery.objects.filter(pk__in=due()).values_list("message_id", flat=True)
    )


def test_replay_of_nothing(api):
    path = f"endpoints/{endpoint_of(api).public_id}/replay/"
    assert told(api, path, created_after=ago(days=1).isoformat()) == {"queued": 0, "cursor": None}


def _cursor(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode()


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"created_after": "0001-01-01T00:00:00+14:00"},
        {"created_after": "0999-01-01T00:00:00Z"},
        {"created_after": "9999-12-31T23:59:59-14:00"},
        {"created_after": "yesterday"},
        {"cursor": ""},
        {"cursor": "x" * 200},
        {"cursor": 7},
        {"cursor": "ü"},
        {"cursor": _cursor(b"2026-01-01T00:00:00+00:00")},
        {"cursor": _cursor(b"2026-01-01T00:00:00+00:00 -1")},
        {"cursor": _cursor(b"0001-01-01T00:00:00+14:00 1")},
        {"cursor": _cursor(b"\xff\xff 1")},
    ],
    ids=str,
)
def test_a_malformed_replay(api, asked):
    if "cursor" in asked:
        asked["created_after"] = ago(days=1).isoformat()
    answer = post(api, f"endpoints/{endpoint_of(api).public_id}/replay/", **asked)
    problem(answer, 400, "validation_failed")


@pytest.mark.parametrize("path", ["retry-failed/", "endpoints/{}/replay/"])
def test_a_range_whose_ends_are_swapped(api, path):
    asked = {"created_after": ago(days=1).isoformat(), "created_before": ago(days=2).isoformat()}
    answer = post(api, path.format(endpoint_of(api).public_id), **asked)
    assert "created_before" in problem(answer, 400, "validation_failed")["errors"]


@pytest.mark.parametrize("name", ["created_after", "created_before"])
def test_a_malformed_range(api, name):
    for moment in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "x", 7):
        problem(post(api, "retry-failed/", **{name: moment}), 400, "validation_failed")


def test_clear(api, other, few):
    endpoint, elsewhere = endpoint_of(api), endpoint_of(api)
    past = ago(days=40)
    old = {"created_at": past, "finished_at": past}
    for _ in range(3):
        attempt(finished(endpoint, **old))
    kept = [
        finished(elsewhere, **old),
        finished(endpoint_of(other), **old),
        delivery(endpoint, created_at=past),
        finished(endpoint, created_at=past),  # sent again yesterday
        finished(endpoint),
    ]
    asked = {"older_than_days": 30, "endpoint": str(endpoint.public_id)}
    assert told(api, "clear-logs/", **asked) == {"deleted": 2, "has_more": True}
    assert told(api, "clear-logs/", **asked) == {"deleted": 1, "has_more": False}
    assert set(Delivery.objects.all()) == set(kept)
    assert not Attempt.objects.exists()
    assert told(api, "clear-logs/", older_than_days=30) == {"deleted": 1, "has_more": False}


@pytest.mark.parametrize("days", [0, -1, 3651, 10**30, None, "x"])
def test_clear_needs_a_time(api, days):
    problem(post(api, "clear-logs/", older_than_days=days), 400, "validation_failed")
    problem(post(api, "clear-logs/"), 400, "validation_failed")


@pytest.mark.parametrize(("path", "needed"), [("retry-failed/", {}), ("clear-logs/", {"d": 1})])
def test_an_unknown_and_a_foreign_endpoint(api, other, path, needed):
    asked = {"older_than_days": 1} if needed else {}
    for unknown in (str(uuid4()), str(endpoint_of(other).public_id)):
        answer = post(api, path, endpoint=unknown, **asked)
        problem(answer, 404, "webhook_endpoint_not_found")
        replay = post(api, f"endpoints/{unknown}/replay/", created_after=ago(days=1).isoformat())
        problem(replay, 404, "webhook_endpoint_not_found")


def test_the_address_of_an_endpoint_stays_with_its_client(api, other):
    endpoint = endpoint_of(other)
    for method, call in (("get", ""), ("patch", ""), ("delete", ""), ("post", "test/")):
        answer = getattr(api.http, method)(f"{at(endpoint)}{call}")
        problem(answer, 404, "webhook_endpoint_not_found")


def test_a_client_sends_again_only_as_many_a_minute_as_it_may_make_calls(api, other):
    limit(api, calls_per_minute=4)
    endpoint = endpoint_of(api)
    made = [finished(endpoint) for _ in range(4)]
    assert told(api, "retry-failed/")["queued"] == 4
    Delivery.objects.update(state="exhausted")
    retry = f"deliveries/{made[0].public_id}/retry/"
    answer = api.http.post(f"{HOOKS}{retry}", HTTP_IDEMPOTENCY_KEY="again")
    problem(answer, 429, "throttled")
    assert 1 <= int(answer["Retry-After"]) <= 120
    assert set(Delivery.objects.values_list("state", flat=True)) == {"exhausted"}
    theirs = finished(endpoint_of(other))
    told(other, f"deliveries/{theirs.public_id}/retry/")
    limit(api, calls_per_minute=100)
    again = api.http.post(f"{HOOKS}{retry}", HTTP_IDEMPOTENCY_KEY="again")
    assert again.status_code == 200  # the refusal was not kept


def test_each_way_of_sending_again_is_limited(api):
    limit(api, calls_per_minute=5)
    endpoint = endpoint_of(api)
    made = [finished(endpoint) for _ in range(5)]
    since = ago(days=1).isoformat()
    assert told(api, f"endpoints/{endpoint.public_id}/replay/", created_after=since)["queued"] == 5
    for path, asked in (
        (f"deliveries/{made[0].public_id}/retry/", {}),
        ("retry-failed/", {}),
        (f"endpoints/{endpoint.public_id}/replay/", {"created_after": since}),
    ):
        problem(post(api, path, **asked), 429, "throttled")


def test_a_call_that_sends_nothing_again_does_not_count(api):
    limit(api, calls_per_minute=4)
    endpoint_of(api)
    for _ in range(2):
        assert told(api, "retry-failed/")["queued"] == 0
    problem(post(api, f"deliveries/{uuid4()}/retry/"), 404, "webhook_delivery_not_found")


def test_sent_again_and_again_a_delivery_keeps_its_newest_attempts(api):
    made, kept = finished(endpoint_of(api)), finished(endpoint_of(api))
    attempts = [attempt(made, number=number % 10 + 1) for number in range(95)]
    attempt(kept)
    told(api, "retry-failed/")
    left = Attempt.objects.filter(delivery=made).order_by("pk")
    assert list(left) == attempts[5:]  # with the ten to come, a hundred
    assert Attempt.objects.filter(delivery=kept).count() == 1
