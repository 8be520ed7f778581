"""The users of a period, with counts and anything unusual."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from analytics import rolling
from clients.models import Subject
from tests.analytics.histories import fact
from tests.stage import problem

pytestmark = pytest.mark.django_db
ROOT = "/api/analytics/user-behavior/"
NOW = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
FAILED = {"outcome": "failure", "reason": "no_match"}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Set the clock."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def user(api, name: str) -> Subject:
    return Subject.objects.create(client=api.client, user_id=name)


def store(subject: Subject, *, days_ago: float = 0, count: int = 1, **values) -> None:
    """Store sessions of a user, and add them up."""
    for number in range(count):
        ended = NOW - timedelta(days=days_ago, minutes=number)
        fact(subject.client, subject=subject, ended_at=ended, **values).save()
    rolling.roll_up(limit=500)


def listed(api, **query) -> list[dict]:
    answer = api.http.get(f"{ROOT}users/", query)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def test_counts_of_the_period(api):
    alice, bob = user(api, "alice"), user(api, "bob")
    user(api, "never seen")
    store(alice, days_ago=2, count=3)
    store(alice, days_ago=1, **FAILED)
    store(alice, days_ago=20)
    store(bob)
    store(user(api, "long ago"), days_ago=40)
    assert listed(api, period="7_days") == [
        {
            "user_id": "bob",
            "sessions": 1,
            "failures": 0,
            "last_seen_at": "2026-11-24T22:30:00Z",
            "unusual": [],
            "new_sources": [],
        },
        {
            "user_id": "alice",
            "sessions": 4,
            "failures": 1,
            "last_seen_at": "2026-11-23T22:30:00Z",
            "unusual": [],
            "new_sources": [],
        },
    ]
    assert [row["sessions"] for row in listed(api)] == [1, 5]
    assert [row["user_id"] for row in listed(api, period="90_days", ordering="last_seen_at")] == [
        "long ago",
        "alice",
        "bob",
    ]


@pytest.mark.parametrize(
    ("succeeded", "failed", "unusual"),
    [(0, 4, []), (0, 5, ["many_failures"]), (5, 5, ["many_failures"]), (6, 5, [])],
)
def test_many_failures(api, succeeded, failed, unusual):
    alice = user(api, "alice")
    store(alice, count=succeeded)
    store(alice, days_ago=1, count=failed, **FAILED)
    assert listed(api)[0]["unusual"] == unusual


def test_a_new_source(api):
    known, new = user(api, "known"), user(api, "new")
    store(known, days_ago=10, capture_type="mobile")
    store(known, days_ago=1, capture_type="mobile")
    store(known, capture_type="webcam")
    store(new, capture_type="webcam")
    found = {row["user_id"]: row for row in listed(api, period="7_days")}
    assert found["known"]["unusual"] == ["new_source"]
    assert found["known"]["new_sources"] == ["webcam/api"]
    assert found["new"]["new_sources"] == []
    assert {row["user_id"]: row["unusual"] for row in listed(api)} == {"known": [], "new": []}


def test_the_users_of_a_period_are_counted_once(api, other):
    alice = user(api, "alice")
    for days_ago in (0, 1, 2):
        store(alice, days_ago=days_ago)
    store(user(api, "bob"), days_ago=20)
    store(user(other, "theirs"))
    for period, users in (("7_days", 1), ("30_days", 2)):
        assert api.http.get(ROOT, {"period": period}).json()["users"] == users
    api.http.delete("/api/clients/users/bob/")
    assert api.http.get(ROOT).json()["users"] == 1


def test_the_period_begins_in_the_clients_time_zone(api):
    api.client.time_zone = "Asia/Tokyo"  # where it is the 25th, 7:30
    api.client.save(update_fields=["time_zone"])
    began = datetime(2026, 11, 18, 15, tzinfo=UTC)
    for name, moment in (("in", began), ("before", began - timedelta(seconds=1))):
        fact(api.client, subject=user(api, name), ended_at=moment).save()
    rolling.roll_up(limit=500)
    assert [row["user_id"] for row in listed(api, period="7_days")] == ["in"]


def test_pages_and_queries(api, django_assert_num_queries):
    for number in range(3):
        store(user(api, f"user {number}"), days_ago=number)
    with django_assert_num_queries(3):  # the caller's credential, the page, its days
        first = api.http.get(f"{ROOT}users/", {"period": "7_days", "page_size": 2}).json()
    second = api.http.get(first["next"]).json()
    names = [row["user_id"] for row in first["results"] + second["results"]]
    assert names == ["user 0", "user 1", "user 2"]


def test_a_misspelled_query(api):
    for query in ({"period": "8_days"}, {"periode": "7_days"}, {"user_id": "alice"}):
        problem(api.http.get(f"{ROOT}users/", query), 400, "validation_failed")


def test_another_clients_users(api, other):
    store(user(api, "alice"))
    assert listed(other) == []
