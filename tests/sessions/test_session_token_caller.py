"""X-Session-Token: may post frames to its own session, and nothing else at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.api.throttles import CallerThrottle
from tests.stage import as_base64, browser, problem, upload

pytestmark = pytest.mark.django_db
URL = "/api/auth/process-image/"


def post(token: str, data: bytes, **fields):
    return browser(token).post(URL, {"image": upload(data), **fields}, format="multipart")


def test_it_enrolls(api, stage):
    token = api.enrollment_token(target_samples=2)
    first = post(token, stage.frame())
    assert first.json()["frame_accepted"] is True
    assert post(token, stage.frame()).json()["enrollment_complete"] is True


def test_it_authenticates(api, stage):
    api.enroll(stage)
    answer = post(api.authentication_token("alice"), stage.frame()).json()
    assert answer["result"] == "success"
    assert answer["matched_user"] == {"user_id": "alice"}


def test_json_works_too_and_the_token_may_be_named(api, stage):
    token = api.enrollment_token()
    body = {"session_token": token, "image": as_base64(stage.frame())}
    assert browser(token).post(URL, body, format="json").json()["frame_accepted"] is True


def test_scores_are_for_backends_only(make_api, stage):
    api = make_api(liveness="passive", probe_frames=2)
    token = api.enrollment_token()
    assert post(token, stage.frame("bob")).json()["liveness_score"] is None
    assert api.post_frame(token, stage.frame("bob")).json()["liveness_score"] == 0.97
    api.enroll(stage)
    hidden = api.authentication_token("alice")
    undecided = post(hidden, stage.frame("mallory")).json()
    failed = post(hidden, stage.frame("mallory")).json()
    success = post(api.authentication_token("alice"), stage.frame()).json()
    assert undecided["reason"] == "undecided"
    assert failed["result"] == "failure"
    assert success["result"] == "success"
    for answer in (undecided, failed, success):
        assert answer["similarity_score"] is None
        assert answer["liveness_score"] is None


def test_not_to_another_session(api, stage):
    mine, another = api.enrollment_token("alice"), api.enrollment_token("bob")
    for named in (another, "enr_unknown", "garbage"):
        problem(post(mine, stage.frame(), session_token=named), 404, "session_not_found")
    for token in (mine, another):
        assert api.session(token).json()["frames_received"] == 0


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_it_may_do_nothing_else(api, stage, kind):
    enrolled = api.enroll(stage)
    token = getattr(api, kind)()
    http = browser(token)
    opening = {"user_id": "bob", "session_type": "api"}
    answers = [
        http.get(f"/api/auth/sessions/{token}/"),
        http.delete(f"/api/auth/sessions/{token}/"),
        http.post("/api/auth/enrollment/", opening, format="json"),
        http.post("/api/auth/authentication/", opening, format="json"),
        http.get("/api/auth/enrollments/"),
        http.get(f"/api/auth/enrollments/{enrolled['enrollment_id']}/"),
        http.delete(f"/api/auth/enrollments/{enrolled['enrollment_id']}/"),
        http.get("/api/core/status/"),
    ]
    for answer in answers:
        problem(answer, 401, "not_authenticated")
    assert api.session(token).json()["status"] in {"pending", "active"}
    assert api.enrollment(enrolled["enrollment_id"]).status_code == 200


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "enr_", "enr_" + "x" * 43, "aut_" + "x" * 43, "zzz_" + "x" * 43, "enr_ü" * 9],
)
def test_an_unknown_token(api, stage, token):
    problem(post(token, stage.frame()), 401, "authentication_failed")


def test_a_clients_jwt_is_no_session_token(api, stage):
    jwt = api.http._credentials["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    problem(post(jwt, stage.frame()), 401, "authentication_failed")


def test_a_wrong_session_token_is_not_made_good_by_a_jwt(api, stage):
    token = api.enrollment_token()
    api.http.credentials(HTTP_X_SESSION_TOKEN="garbage", **api.http._credentials)
    problem(api.post_frame(token, stage.frame()), 404, "session_not_found")


def test_an_expired_session(api, stage):
    token = api.enrollment_token()
    EnrollmentSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    problem(post(token, stage.frame()), 410, "session_expired")


def test_an_ended_session(api, stage):
    api.enroll(stage)
    token = api.authentication_token("alice")
    post(token, stage.frame())
    problem(post(token, stage.frame()), 409, "session_finished")


def test_an_inactive_client(api, stage):
    token = api.enrollment_token()
    api.client.is_active = False
    api.client.save(update_fields=["is_active"])
    problem(post(token, stage.frame()), 401, "authentication_failed")
    assert EnrollmentSession.objects.get().frames_received == 0


def test_each_session_has_its_own_throttle(api, stage, monkeypatch):
    monkeypatch.setattr(CallerThrottle, "THROTTLE_RATES", {"caller": "3/min"})
    monkeypatch.setattr(CallerThrottle, "timer", lambda self: 1_000_000.0)
    one, two = api.authentication_token(), api.authentication_token()
    for _ in range(3):
        assert post(one, stage.frame()).status_code in {200, 409}
    problem(post(one, stage.frame()), 429, "throttled")
    assert post(two, stage.frame()).status_code == 200
    assert AuthenticationSession.objects.count() == 2
