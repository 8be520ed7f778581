"""GET /api/auth/enrollments/ and /{id}/: a client's own enrollments, and no other's."""

import uuid

import pytest

from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db
URL = "/api/auth/enrollments/"


def test_an_enrollment_as_it_is_read(api, stage):
    enrolled = api.enroll(stage, "alice")
    body = api.enrollment(enrolled["enrollment_id"]).json()
    template = body.pop("template")
    assert template.pop("created_at")
    assert template == {
        "model_name": "fake",
        "model_version": "1",
        "alignment": "none",
        "dimension": 128,
        "sample_count": 3,
        "quality": pytest.approx(0.93),
        "liveness_verified": False,
    }
    assert body.pop("created_at") < body.pop("finished_at") < body.pop("expires_at")
    assert body == {
        "enrollment_id": enrolled["enrollment_id"],
        "user_id": "alice",
        "status": "completed",
        "reason": "enrolled",
        "capture_type": "api",
        "session_type": "api",
        "target_samples": 3,
        "samples_collected": 3,
        "duplicate_suspected": False,
        "reenrollment_required": False,
        "template_expires_at": None,
        "metadata": {},
    }


def test_an_open_one_has_no_template(api, stage):
    body = api.enrollment(api.open_enrollment().json()["enrollment_id"]).json()
    assert (body["status"], body["reason"], body["template"]) == ("pending", None, None)


def test_the_list_is_newest_first_and_shows_what_reading_shows(api, stage):
    ids = [api.enroll(stage, user, frames=1)["enrollment_id"] for user in ("alice", "bob")]
    listed = api.http.get(URL).json()
    assert set(listed) == {"next", "previous", "results"}
    assert [row["enrollment_id"] for row in listed["results"]] == ids[::-1]
    assert listed["results"][0] == api.enrollment(ids[1]).json()


def test_an_empty_list(api):
    assert api.http.get(URL).json() == {"next": None, "previous": None, "results": []}


def test_only_one_users(api, stage):
    for user in ("alice", "bob", "alice"):
        api.open_enrollment(user)
    found = api.http.get(URL, {"user_id": "alice"}).json()["results"]
    assert [row["user_id"] for row in found] == ["alice", "alice"]
    assert api.http.get(URL, {"user_id": "nobody"}).json()["results"] == []


def test_another_clients_are_not_there(api, other, stage):
    theirs = other.enroll(stage, "alice")
    assert api.http.get(URL).json()["results"] == []
    assert api.http.get(URL, {"user_id": "alice"}).json()["results"] == []
    bodies = []
    for call in (api.enrollment, api.remove):
        for enrollment_id in (theirs["enrollment_id"], uuid.uuid4()):
            body = problem(call(enrollment_id), 404, "enrollment_not_found")
            del body["request_id"]
            bodies.append(body)
    assert all(body == bodies[0] for body in bodies)
    assert other.enrollment(theirs["enrollment_id"]).json()["template"] is not None


@pytest.mark.parametrize("name", ["abc", "1", "..", "%00", "0" * 36, "x" * 1000])
def test_what_is_no_id(api, name):
    problem(api.http.get(f"{URL}{name}/"), 404, "not_found")


def test_a_longer_list_takes_no_more_queries(api, stage, django_assert_num_queries):
    def queries(count: int) -> None:
        with django_assert_num_queries(3):  # the caller's credential, the page, its templates
            assert len(api.http.get(URL).json()["results"]) == count

    api.enroll(stage, "alice")
    queries(1)
    for user in ("bob", "carol", "dave"):
        api.enroll(stage, user)
        api.open_enrollment(user)
    queries(7)


def test_without_a_token(db):
    problem(anonymous().get(URL), 401, "not_authenticated")
    problem(anonymous().get(f"{URL}{uuid.uuid4()}/"), 401, "not_authenticated")
    problem(anonymous().delete(f"{URL}{uuid.uuid4()}/"), 401, "not_authenticated")
