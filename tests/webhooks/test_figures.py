"""`stats/` of an endpoint, and of a client."""

from collections import Counter

import pytest

from tests.stage import problem
from tests.webhooks.endpoints import HOOKS, ago, at, attempt, delivery, endpoint_of, finished
from webhooks import figures
from webhooks.figures import percentile, success_rate
from webhooks.models import DeliveryState

DELIVERED, EXHAUSTED = DeliveryState.DELIVERED, DeliveryState.EXHAUSTED


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([7], 0.99, 7),
        ([1, 2], 0.5, 1),
        ([1, 2, 3], 0.5, 2),
        (range(1, 101), 0.5, 50),
        (range(1, 101), 0.95, 95),
        (range(1, 101), 0.99, 99),
        (range(1, 101), 1, 100),
    ],
)
def test_percentile(values, share, expected):
    assert percentile(list(values), share) == expected


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({}, None),
        ({"pending": 3}, None),
        ({"delivered": 3, "pending": 1}, 1.0),
        ({"delivered": 1, "exhausted": 1, "abandoned": 1}, 0.3333),
    ],
)
def test_success_rate(counts, expected):
    assert success_rate(Counter(counts)) == expected


@pytest.mark.django_db
def test_figures_of_an_endpoint(api):
    endpoint = endpoint_of(api, last_success_at=ago(minutes=1))
    for milliseconds in range(1, 101):
        attempt(finished(endpoint, DELIVERED), milliseconds=milliseconds)
    attempt(finished(endpoint), status_code=None, error="timeout", milliseconds=15_000)
    attempt(delivery(endpoint), at=ago(days=8), milliseconds=9_000)
    finished(endpoint, created_at=ago(days=8))
    finished(endpoint_of(api))
    told = api.http.get(f"{at(endpoint)}stats/").json()
    assert told["deliveries"] == {"pending": 1, "delivered": 100, "exhausted": 1, "abandoned": 0}
    assert told["success_rate"] == 0.9901
    assert told["latency"] == {"attempts": 100, "p50": 50, "p95": 95, "p99": 99}
    assert (told["is_complete"], told["failing_since"]) == (True, None)
    assert told["last_success_at"] is not None
    longer = api.http.get(f"{at(endpoint)}stats/", {"days": 9}).json()
    assert (longer["deliveries"]["exhausted"], longer["latency"]["p99"]) == (2, 100)


@pytest.mark.django_db
def test_figures_of_a_new_endpoint(api):
    told = api.http.get(f"{at(endpoint_of(api))}stats/").json()
    assert (told["success_rate"], told["latency"], told["is_complete"]) == (None, None, True)


@pytest.mark.django_db
def test_an_endpoint_with_too_many_deliveries_to_count(api, monkeypatch):
    monkeypatch.setattr(figures, "MOST_DELIVERIES", 2)
    monkeypatch.setattr(figures, "MOST_ATTEMPTS", 2)
    endpoint = endpoint_of(api)
    for hours, state in ((3, EXHAUSTED), (2, DELIVERED), (1, DELIVERED)):
        made = finished(endpoint, state, created_at=ago(hours=hours))
        attempt(made, at=ago(hours=hours), milliseconds=hours)
    told = api.http.get(f"{at(endpoint)}stats/").json()
    assert (told["is_complete"], told["deliveries"]["exhausted"]) == (False, 0)
    assert told["latency"] == {"attempts": 2, "p50": 1, "p95": 2, "p99": 2}


@pytest.mark.django_db
def test_figures_of_a_client(api, other):
    endpoint, oldest = endpoint_of(api), ago(days=20)
    finished(endpoint, DELIVERED)
    finished(endpoint_of(api), EXHAUSTED, event_type="import.completed")
    delivery(endpoint, created_at=oldest)
    delivery(endpoint)
    delivery(endpoint_of(other), created_at=ago(days=25))
    told = api.http.get(f"{HOOKS}stats/").json()
    assert told["by_state"] == {"pending": 1, "delivered": 1, "exhausted": 1, "abandoned": 0}
    assert told["by_event_type"] == {"import.completed": 1, "subject.created": 2}
    assert told["backlog"] == 2
    assert told["oldest_pending_at"] == oldest.isoformat().replace("+00:00", "Z")


@pytest.mark.django_db
def test_figures_of_a_client_without_deliveries(api):
    told = api.http.get(f"{HOOKS}stats/").json()
    assert (told["backlog"], told["oldest_pending_at"], told["by_event_type"]) == (0, None, {})


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["0", "32", "x", "1e9", "9" * 30])
def test_a_period_out_of_bounds(api, days):
    for address in (f"{HOOKS}stats/", f"{at(endpoint_of(api))}stats/"):
        problem(api.http.get(address, {"days": days}), 400, "validation_failed")
