"""Two clients with the same user and the same face know nothing of each other."""

import pytest

from tests.stage import problem

pytestmark = pytest.mark.django_db


def test_a_face_of_another_client_is_a_stranger(make_api, other, stage):
    api = make_api(probe_frames=1)
    other.enroll(stage, "alice")
    assert api.identify(stage.frame("alice"))["reason"] == "no_match"
    problem(api.open_authentication("alice"), 404, "user_not_found")
    api.enroll(stage, "alice", person="somebody else")
    assert api.verify(stage.frame("alice"))["reason"] == "no_match"
    assert api.identify(stage.frame("alice"))["reason"] == "no_match"


def test_each_finds_its_own(api, other, stage):
    api.enroll(stage, "alice-at-acme", person="alice")
    other.enroll(stage, "alice-at-globex", person="alice")
    for _ in range(2):
        assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice-at-acme"}
        assert other.identify(stage.frame("alice"))["matched_user"] == {
            "user_id": "alice-at-globex"
        }


def test_removing_one_leaves_the_other(api, other, stage):
    mine = api.enroll(stage, "alice")
    other.enroll(stage, "alice")
    api.remove(mine["enrollment_id"])
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    assert other.verify(stage.frame("alice"))["result"] == "success"


def test_switching_one_off_leaves_the_other(api, other, stage):
    for client in (api, other):
        client.enroll(stage, "alice")
    api.client.subjects.update(is_active=False)
    problem(api.open_authentication("alice"), 403, "user_inactive")
    assert other.verify(stage.frame("alice"))["result"] == "success"


def test_another_clients_people_do_not_raise_the_threshold(make_api, other, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")
    before = api.identify(stage.frame("alice", sample=500))
    for number in range(5):
        other.enroll(stage, f"person-{number}", frames=1)
    after = api.identify(stage.frame("alice", sample=500))
    assert before["similarity_score"] == after["similarity_score"]
    assert after["result"] == "success"


def test_a_frame_to_another_clients_session_is_measured_by_nobody(api, other, stage):
    other.enroll(stage, "alice")
    token = other.authentication_token("alice")
    measured = []
    stage.meanwhile = lambda: measured.append(1)
    problem(api.post_frame(token, stage.frame("alice")), 404, "session_not_found")
    assert measured == []
    assert other.session(token).json()["status"] == "active"
