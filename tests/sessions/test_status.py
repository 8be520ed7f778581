"""GET /api/auth/sessions/{session_token}/: the status of either kind, to its own client only."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


def expire(token: str) -> None:
    model = EnrollmentSession if token.startswith("enr_") else AuthenticationSession
    model.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_new_enrollment(api, stage):
    opened = api.open_enrollment("alice", metadata={"a": 1}).json()
    status = api.session(opened["session_token"]).json()
    assert status.pop("created_at") < status.pop("expires_at")
    assert status == {
        "kind": "enrollment",
        "capture_type": "api",
        "session_type": "enrollment",
        "status": "pending",
        "reason": None,
        "user_id": "alice",
        "samples_collected": 0,
        "frames_received": 0,
        "finished_at": None,
        "metadata": {"a": 1},
        "enrollment_id": opened["enrollment_id"],
        "target_samples": 3,
        "liveness_methods": [],
        "liveness_nets": [],
        "challenge": None,
    }


def test_a_new_identification(api, stage):
    status = api.session(api.authentication_token()).json()
    assert status.pop("created_at") < status.pop("expires_at")
    assert status == {
        "kind": "authentication",
        "capture_type": "api",
        "session_type": "identification",
        "status": "active",
        "reason": None,
        "user_id": None,
        "samples_collected": 0,
        "frames_received": 0,
        "finished_at": None,
        "metadata": {},
        "result": None,
        "matched_user": None,
        "similarity_score": None,
        "liveness_verified": None,
        "liveness_methods": [],
        "liveness_nets": [],
        "challenge": None,
    }


def test_an_enrollment_on_its_way_and_at_its_end(api, stage):
    token = api.enrollment_token(target_samples=2)
    api.post_frame(token, stage.frame(faces=0))
    api.post_frame(token, stage.frame())
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("processing", None)
    assert (status["frames_received"], status["samples_collected"]) == (2, 1)
    api.post_frame(token, stage.frame())
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("completed", "enrolled")
    assert (status["frames_received"], status["samples_collected"]) == (3, 2)
    assert status["finished_at"] is not None


def test_an_authentication_that_matched(api, stage):
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    answer = api.post_frame(token, stage.frame("alice")).json()
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("completed", "matched")
    assert status["session_type"] == "verification"
    assert status["result"] == "success"
    assert status["matched_user"] == {"user_id": "alice"}
    assert status["similarity_score"] == answer["similarity_score"]


def test_an_authentication_that_did_not(make_api, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("mallory"))
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("completed", "no_match")
    assert status["result"] == "failure"
    assert status["matched_user"] is None


def test_a_failed_enrollment(make_api, stage):
    api = make_api(max_enrollment_frames=1)
    token = api.enrollment_token()
    api.post_frame(token, stage.frame(faces=0))
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("failed", "frame_limit")


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_a_cancelled_one(api, stage, kind):
    token = getattr(api, kind)()
    api.cancel(token)
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("cancelled", "cancelled")


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_an_overdue_one_reads_as_expired_before_any_sweep(api, stage, kind):
    token = getattr(api, kind)()
    expire(token)
    status = api.session(token).json()
    assert (status["status"], status["reason"]) == ("expired", "expired")


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_unknown_and_foreign_are_one_answer(api, other, stage, kind):
    foreign = getattr(other, kind)()
    unknown = foreign[:4] + "x" * (len(foreign) - 4)
    answers = []
    for call in (
        api.session,
        api.cancel,
        lambda token: api.post_frame(token, stage.frame()),
    ):
        for token in (foreign, unknown, "zzz_unknown", "garbage", "🙂"):
            body = problem(call(token), 404, "session_not_found")
            del body["request_id"]
            answers.append(body)
    assert all(body == answers[0] for body in answers)
    assert other.session(foreign).json()["frames_received"] == 0


def test_nobody_reads_it_without_a_token(api, stage):
    token = api.enrollment_token()
    for call in (anonymous().get, anonymous().delete):
        problem(call(f"/api/auth/sessions/{token}/"), 401, "not_authenticated")


def test_the_token_is_never_given_out_again(api, stage):
    token = api.enrollment_token()
    assert token.encode() not in api.session(token).content
    assert token.encode() not in api.http.get("/api/auth/enrollments/").content


def test_every_token_is_another_one(api, stage):
    tokens = {api.enrollment_token() for _ in range(20)}
    assert len(tokens) == 20
    assert all(token.startswith("enr_") and len(token) >= 47 for token in tokens)
    assert api.authentication_token().startswith("aut_")
