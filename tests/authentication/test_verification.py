"""1:1: the probe against the named user's template, and no other."""

import pytest

from tests.stage import quality

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(make_api, stage):
    """Two enrolled users; a verification is decided by one frame."""
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    return api


def test_success_as_in_the_guide(api, stage):
    answer = api.post_frame(api.authentication_token("alice"), stage.frame("alice"))
    body = answer.json()
    assert set(body.pop("face")) == {"box", "pose", "quality"}
    assert 0.5 < body.pop("similarity_score") <= 1
    assert body == {
        "kind": "authentication",
        "success": True,
        "session_status": "completed",
        "result": "success",
        "matched_user": {"user_id": "alice"},
        "liveness_verified": None,
        "liveness_methods": [],
        "challenge": None,
        "message": "Authentication successful.",
        "error": None,
        "session_type": "verification",
        "frame_accepted": True,
        "requires_more_frames": False,
        "samples_collected": 1,
        "quality_score": 0.93,
        "liveness_score": None,
        "reason": "matched",
        "advice": "",
        "request_id": answer["X-Request-ID"],
    }


def test_failure_as_in_the_guide(api, stage):
    answer = api.post_frame(api.authentication_token("alice"), stage.frame("mallory"))
    assert answer.status_code == 200
    body = answer.json()
    assert set(body.pop("face")) == {"box", "pose", "quality"}
    assert 0 <= body.pop("similarity_score") < 0.5
    assert body.pop("advice")
    assert body == {
        "kind": "authentication",
        "success": False,
        "session_status": "completed",
        "result": "failure",
        "error": "User not recognized or liveness check failed.",
        "message": "Authentication failed.",
        "matched_user": None,
        "liveness_verified": None,
        "liveness_methods": [],
        "challenge": None,
        "session_type": "verification",
        "frame_accepted": True,
        "requires_more_frames": False,
        "samples_collected": 1,
        "quality_score": 0.93,
        "liveness_score": None,
        "reason": "no_match",
        "request_id": answer["X-Request-ID"],
    }


def test_a_perfect_match_with_another_user_fails(api, stage):
    body = api.verify(stage.frame("bob"), "alice")
    assert (body["result"], body["reason"]) == ("failure", "no_match")
    assert body["matched_user"] is None
    assert "bob" not in str(body)


def test_each_user_verifies(api, stage):
    for user in ("alice", "bob"):
        assert api.verify(stage.frame(user), user)["matched_user"] == {"user_id": user}


def test_the_very_frame_of_another_users_enrollment_fails(api, stage):
    data = stage.frame("carol")
    token = api.enrollment_token("carol", target_samples=1)
    assert api.post_frame(token, data).json()["enrollment_complete"] is True
    assert api.verify(data, "alice")["result"] == "failure"
    assert api.verify(data, "carol")["result"] == "success"


def test_switched_off_mid_session(api, stage):
    token = api.authentication_token("alice")
    api.client.subjects.filter(user_id="alice").update(is_active=False)
    body = api.post_frame(token, stage.frame("alice")).json()
    assert (body["result"], body["reason"]) == ("failure", "user_inactive")
    assert body["matched_user"] is body["similarity_score"] is None
    assert api.session(token).json()["reason"] == "user_inactive"


def test_switched_off_mid_session_is_told_first(api, stage):
    """Even of a user without a template, whom enrolling again would not help."""
    token = api.authentication_token("alice")
    api.remove(api.http.get("/api/auth/enrollments/").json()["results"][0]["enrollment_id"])
    api.client.subjects.filter(user_id="alice").update(is_active=False)
    assert api.post_frame(token, stage.frame("alice")).json()["reason"] == "user_inactive"


def test_the_user_deleted_mid_session(api, stage):
    token = api.authentication_token("alice")
    api.client.subjects.filter(user_id="alice").delete()
    assert api.post_frame(token, stage.frame("alice")).status_code == 404


def test_a_refused_frame_decides_nothing(api, stage):
    token = api.authentication_token("alice")
    body = api.post_frame(token, stage.frame("mallory", quality=quality(sharpness=0))).json()
    assert (body["result"], body["session_status"]) == (None, "processing")
    assert api.post_frame(token, stage.frame("alice")).json()["result"] == "success"


def test_the_score_does_not_depend_on_the_operating_point(make_api, stage):
    lax, strict = make_api("lax", false_match_rate=1e-2), make_api("strict", false_match_rate=1e-4)
    data = stage.frame("alice")
    scores = set()
    for api in (lax, strict):
        token = api.enrollment_token("alice", target_samples=1)
        api.post_frame(token, data)
        scores.add(api.verify(stage.frame("alice", sample=77))["similarity_score"])
    assert len(scores) == 1
