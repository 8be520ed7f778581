"""`/api/webhooks/deliveries/`, `failed/` and `event-logs/`: reading."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.stage import problem
from tests.webhooks.endpoints import HOOKS, ago, attempt, delivery, endpoint_of, finished
from webhooks import deliveries
from webhooks.models import Attempt, DeliveryState

pytestmark = pytest.mark.django_db
LISTS = ("deliveries/", "failed/", "event-logs/")


def ids(api, path: str, key: str = "id", **asked: str) -> list[str]:
    answer = api.http.get(f"{HOOKS}{path}", asked)
    assert answer.status_code == 200, answer.content
    return [row[key] for row in answer.json()["results"]]


def test_a_delivery_with_its_attempts(api):
    made = finished(endpoint_of(api), DeliveryState.DELIVERED, attempts_made=2)
    attempt(made, status_code=None, error="timeout", milliseconds=15_000)
    attempt(made, number=2, answer="thanks")
    told = api.http.get(f"{HOOKS}deliveries/{made.public_id}/").json()
    assert told["body"] == made.body
    assert (told["message_id"], told["state"]) == (made.message_id, "delivered")
    assert told["endpoint_id"] == str(made.endpoint.public_id)
    first, second = told["attempts"]
    assert (first["delivered"], first["status_code"], first["error"]) == (False, None, "timeout")
    assert (second["number"], second["delivered"], second["error"]) == (2, True, None)
    assert (second["latency_ms"], second["answer"]) == (40, "thanks")
    (row,) = api.http.get(f"{HOOKS}deliveries/").json()["results"]
    assert row == {name: told[name] for name in told.keys() - {"body", "attempts"}}


def test_the_newest_attempts_of_many(api):
    made = finished(endpoint_of(api))
    Attempt.objects.bulk_create(
        Attempt(
            delivery=made,
            client_id=made.client_id,
            endpoint_id=made.endpoint_id,
            number=number,
            at=timezone.now(),
            milliseconds=1,
        )
        for number in range(1, deliveries.MOST_ATTEMPTS + 6)
    )
    told = api.http.get(f"{HOOKS}deliveries/{made.public_id}/").json()["attempts"]
    assert [each["number"] for each in told] == list(range(6, deliveries.MOST_ATTEMPTS + 6))


def test_an_unknown_and_a_foreign_delivery(api, other):
    made = delivery(endpoint_of(other))
    problem(api.http.get(f"{HOOKS}deliveries/{made.public_id}/"), 404, "webhook_delivery_not_found")
    for path in LISTS:
        assert ids(api, path) == []
        assert ids(api, path, endpoint=str(made.endpoint.public_id)) == []


def test_filters_of_deliveries(api):
    first, second = endpoint_of(api), endpoint_of(api)
    old = finished(first, created_at=ago(days=3), event_type="import.completed")
    new = delivery(second)
    assert ids(api, "deliveries/") == [str(new.public_id), str(old.public_id)]
    assert ids(api, "deliveries/", ordering="created_at")[0] == str(old.public_id)
    for asked in (
        {"endpoint": str(first.public_id)},
        {"event_type": "import.completed"},
        {"state": "exhausted"},
        {"created_before": ago(days=2).isoformat()},
    ):
        assert ids(api, "deliveries/", **asked) == [str(old.public_id)], asked
    assert ids(api, "deliveries/", created_after=ago(days=2).isoformat()) == [str(new.public_id)]


def test_all_of_one_message(api, other):
    endpoints = [endpoint_of(api), endpoint_of(api), endpoint_of(other)]
    first, second, _ = (finished(each, message_id="msg_1") for each in endpoints)
    attempt(first)
    attempt(finished(endpoints[0], message_id="msg_10"))
    mine = [str(second.public_id), str(first.public_id)]
    assert ids(api, "deliveries/", message_id="msg_1") == mine
    assert ids(api, "failed/", message_id="msg_1") == mine
    assert ids(api, "event-logs/", "delivery_id", message_id="msg_1") == mine[1:]
    assert ids(api, "deliveries/", message_id="msg_") == []


def test_an_unknown_choice_is_refused_with_the_valid_ones(api):
    for name, some in (("state", "pending, delivered"), ("event_type", "subject.created")):
        answer = api.http.get(f"{HOOKS}deliveries/", {name: "x"})
        (fault,) = problem(answer, 400, "validation_failed")["errors"][name]
        assert fault["message"].startswith("Choose one of: ")
        assert some in fault["message"]


def test_a_malformed_time_is_refused_with_the_format(api):
    answer = api.http.get(f"{HOOKS}deliveries/", {"created_after": "yesterday"})
    (fault,) = problem(answer, 400, "validation_failed")["errors"]["created_after"]
    assert "such as 2026-01-31T09:30:00Z" in fault["message"]


def test_failed_ones(api):
    endpoint = endpoint_of(api)
    failed = finished(endpoint)
    for state in set(DeliveryState) - {DeliveryState.EXHAUSTED}:
        finished(endpoint, state)
    assert ids(api, "failed/") == [str(failed.public_id)]
    assert ids(api, "failed/", event_type="import.completed") == []


def test_the_log_of_attempts(api, other):
    first, second = endpoint_of(api), endpoint_of(api)
    good, bad = delivery(first), delivery(second, event_type="import.completed")
    attempt(good, at=ago(hours=1))
    attempt(bad, status_code=500, error="status", at=ago(hours=3))
    attempt(bad, number=2, at=ago(hours=2), status_code=None, error="timeout")
    attempt(delivery(endpoint_of(other)))
    mine, theirs = str(good.public_id), str(bad.public_id)

    def logged(**asked: str) -> list[str]:
        return ids(api, "event-logs/", "delivery_id", **asked)

    assert logged() == [mine, theirs, theirs]
    assert logged(ordering="at") == [theirs, theirs, mine]
    assert logged(endpoint=str(first.public_id)) == [mine]
    assert logged(event_type="import.completed") == [theirs, theirs]
    assert logged(outcome="delivered") == [mine]
    assert logged(outcome="failed") == [theirs, theirs]
    assert logged(created_after=ago(minutes=90).isoformat()) == [mine]
    assert logged(created_before=ago(minutes=150).isoformat()) == [theirs]
    newest = api.http.get(f"{HOOKS}event-logs/").json()["results"][0]
    assert newest["message_id"] == good.message_id
    assert newest["endpoint_id"] == str(first.public_id)


def test_lists_ask_a_few_queries_however_long(api, django_assert_max_num_queries):
    endpoint = endpoint_of(api)
    for _ in range(12):
        attempt(finished(endpoint))
    for path in LISTS:
        with django_assert_max_num_queries(5):
            assert len(ids(api, path, "endpoint_id")) == 12


def test_pages(api):
    endpoint, now = endpoint_of(api), timezone.now()
    made = [delivery(endpoint, created_at=now - timedelta(days=day % 2)) for day in range(5)]
    address, seen = f"{HOOKS}deliveries/?page_size=2", []
    while address:
        page = api.http.get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert sorted(seen) == sorted(str(each.public_id) for each in made)


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "asked",
    [
        {"endpoint": "x"},
        {"event_type": "subject.*"},
        {"created": "2026-01-01"},
        {"page_size": "201"},
        {"ordering": "body"},
    ],
    ids=str,
)
def test_malformed(api, path, asked):
    problem(api.http.get(f"{HOOKS}{path}", asked), 400, "validation_failed")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_the_ends_of_time(api, moment):
    for path, names in (
        ("deliveries/", ("created_after", "created_before")),
        ("event-logs/", ("created_after", "created_before")),
    ):
        for name in names:
            problem(api.http.get(f"{HOOKS}{path}", {name: moment}), 400, "validation_failed")
