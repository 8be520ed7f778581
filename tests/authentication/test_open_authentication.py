"""POST /api/auth/authentication/: opening a verification or an identification."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from authentication.models import AuthenticationSession
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


def test_verification_as_in_the_guide(api, stage):
    api.enroll(stage, "alice")
    answer = api.open_authentication("alice", session_type="webcam")
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("session_token").startswith("aut_")
    left = parse_datetime(body.pop("expires_at")) - timezone.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    assert body == {
        "capture_type": "webcam",
        "status": "active",
        "session_type": "verification",
        "liveness_methods": [],
        "challenge": None,
        "message": "Authentication session created. Stream frames to continue.",
    }


def test_identification_when_no_user_is_named(api, stage):
    answer = api.open_authentication()
    assert answer.status_code == 201
    assert answer.json()["session_type"] == "identification"


def test_an_unknown_user(api, other, stage):
    other.enroll(stage, "alice")
    problem(api.open_authentication("alice"), 404, "user_not_found")
    assert not api.client.subjects.exists()


def test_a_user_without_a_template(api, stage):
    api.open_enrollment("alice")
    problem(api.open_authentication("alice"), 409, "user_not_enrolled")


def test_a_user_that_is_switched_off(api, stage):
    api.enroll(stage, "alice")
    api.client.subjects.update(is_active=False)
    problem(api.open_authentication("alice"), 403, "user_inactive")


@pytest.mark.parametrize("user_id", ["", None])
def test_an_empty_user_is_not_the_same_as_none(api, stage, user_id):
    """A bug in the caller's backend must not turn a verification into a search."""
    body = {"user_id": user_id, "session_type": "api"}
    answer = api.http.post("/api/auth/authentication/", body, format="json")
    assert set(problem(answer, 400, "validation_failed")["errors"]) == {"user_id"}
    assert not AuthenticationSession.objects.exists()


@pytest.mark.parametrize("kind", ["", "verification", None, 1, []])
def test_another_session_type(api, stage, kind):
    answer = api.open_authentication(session_type=kind)
    assert set(problem(answer, 400, "validation_failed")["errors"]) == {"session_type"}


def test_without_a_token(db):
    answer = anonymous().post("/api/auth/authentication/", {"session_type": "api"}, format="json")
    problem(answer, 401, "not_authenticated")
