"""The log of ended sessions."""

from datetime import timedelta
from uuid import uuid4

import pytest

from clients.models import Subject
from tests.analytics.histories import START, fact
from tests.stage import problem

pytestmark = pytest.mark.django_db
URL = "/api/analytics/auth-logs/"


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_a_session_as_it_ended(api, stage, ended):
    enrolled = api.enroll(stage, "alice")
    api.verify(stage.frame("alice"))
    newest, older = api.http.get(URL).json()["results"]
    assert older["session_id"] == enrolled["enrollment_id"]
    assert (older["session_type"], older["outcome"]) == ("enrollment", "success")
    event = ended[-1]
    assert newest == {
        "id": newest["id"],
        "session_id": str(event.public_id),
        "session_type": "verification",
        "capture_type": "api",
        "source": "api",
        "user_id": "alice",
        "outcome": "success",
        "reason": "matched",
        "similarity_score": event.similarity,
        "quality": event.quality,
        "liveness_score": event.liveness_score,
        "liveness_verified": event.liveness_verified,
        "duplicate_suspected": False,
        "frames_received": 1,
        "frames_accepted": 1,
        "spoof_frames": 0,
        "duration_ms": round(event.duration.total_seconds() * 1000),
        "stage_milliseconds": dict(event.stage_milliseconds),
        "false_match_rate": event.policy["false_match_rate"],
        "model": event.model,
        "ended_at": event.at.isoformat().replace("+00:00", "Z"),
    }
    assert api.http.get(f"{URL}{newest['id']}/").json() == newest


def test_the_score_that_a_browser_is_not_told(api, stage):
    """A failed comparison's score is for the scope analytics."""
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("bob"))
    api.cancel(token)
    (row,) = api.http.get(URL, {"outcome": "cancelled"}).json()["results"]
    assert row["similarity_score"] is not None


def test_filters(api):
    client = api.client
    alice = Subject.objects.create(client=client, user_id="alice")
    one = fact(client, subject=alice, ended_at=START)
    two = fact(
        client,
        session_type="identification",
        capture_type="webcam",
        source="import",
        outcome="failure",
        reason="no_match",
        ended_at=START + timedelta(hours=1),
    )
    for row in (one, two):
        row.save()
    first, second = str(one.public_id), str(two.public_id)
    assert ids(api.http.get(URL)) == [second, first]
    assert ids(api.http.get(URL, {"ordering": "ended_at"})) == [first, second]
    for query, found in {
        ("user_id", "alice"): [first],
        ("user_id", "nobody"): [],
        ("session_type", "identification"): [second],
        ("capture_type", "webcam"): [second],
        ("source", "import"): [second],
        ("outcome", "failure"): [second],
        ("reason", "no_match"): [second],
        ("ended_after", (START + timedelta(hours=1)).isoformat()): [second],
        ("ended_before", (START + timedelta(hours=1)).isoformat()): [first],
    }.items():
        assert ids(api.http.get(URL, dict([query]))) == found, query
    problem(api.http.get(URL, {"outcome": "odd"}), 400, "validation_failed")
    problem(api.http.get(URL, {"user": "alice"}), 400, "validation_failed")


def test_another_clients_entries(api, other):
    theirs = Subject.objects.create(client=other.client, user_id="alice")
    row = fact(other.client, subject=theirs)
    row.save()
    assert ids(api.http.get(URL)) == []
    assert ids(api.http.get(URL, {"user_id": "alice"})) == []
    problem(api.http.get(f"{URL}{row.public_id}/"), 404, "auth_log_not_found")
    problem(api.http.get(f"{URL}{uuid4()}/"), 404, "auth_log_not_found")


def test_a_longer_list_takes_no_more_queries(api, django_assert_num_queries):
    for number in range(1, 4):
        alice = Subject.objects.create(client=api.client, user_id=f"user {number}")
        fact(api.client, subject=alice).save()
        with django_assert_num_queries(2):  # the caller's credential, the page
            assert len(ids(api.http.get(URL))) == number
