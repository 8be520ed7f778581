"""POST /api/auth/enrollment/: opening an enrollment."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clients.models import Subject
from enrollment.models import EnrollmentSession
from tests.stage import anonymous, problem

pytestmark = pytest.mark.django_db


def test_the_guides_answer(api, stage):
    answer = api.open_enrollment("alice", session_type="webcam", metadata={"device_info": "x"})
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {
        "session_token",
        "enrollment_id",
        "capture_type",
        "status",
        "target_samples",
        "expires_at",
        "liveness_methods",
        "challenge",
        "message",
    }
    assert body["status"] == "pending"
    assert body["target_samples"] == 3
    assert body["message"] == "Enrollment session created. Stream frames to continue."
    left = parse_datetime(body["expires_at"]) - timezone.now()
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)


@pytest.mark.parametrize("kind", ["webcam", "mobile", "api"])
def test_each_session_type(api, stage, kind):
    opened = api.open_enrollment(session_type=kind).json()
    assert api.enrollment(opened["enrollment_id"]).json()["session_type"] == kind


@pytest.mark.parametrize("kind", ["", "Webcam", "kiosk", None, 1, [], {}, "\x00"])
def test_another_session_type(api, stage, kind):
    errors = problem(api.open_enrollment(session_type=kind), 400, "validation_failed")["errors"]
    assert set(errors) == {"session_type"}


def test_an_unknown_user_is_made_once_and_only_for_this_client(api, other, stage):
    for caller in (api, api, other):
        caller.open_enrollment("alice")
    assert Subject.objects.filter(client=api.client, user_id="alice").count() == 1
    assert Subject.objects.filter(client=other.client, user_id="alice").count() == 1


@pytest.mark.parametrize("target", [1, 2, 10, "4"])
def test_a_target_within_the_bounds(api, stage, target):
    assert api.open_enrollment(target_samples=target).json()["target_samples"] == int(target)


@pytest.mark.parametrize("target", [0, -1, 11, 10**30, "many", 2.5, None, [], True, ""])
def test_a_target_that_no_policy_allows(api, stage, target):
    errors = problem(api.open_enrollment(target_samples=target), 400, "validation_failed")["errors"]
    assert set(errors) == {"target_samples"}
    assert not EnrollmentSession.objects.exists()


def test_the_policys_target(make_api, stage):
    api = make_api(target_samples=4, min_target_samples=2, max_target_samples=5)
    assert api.open_enrollment().json()["target_samples"] == 4
    for target in (2, 5):
        assert api.open_enrollment(target_samples=target).json()["target_samples"] == target
    for target in (1, 6):
        answer = api.open_enrollment(target_samples=target)
        assert "between 2 and 5" in problem(answer, 400, "target_samples_out_of_bounds")["detail"]


def test_a_refused_opening_makes_no_user(make_api, stage):
    api = make_api(max_target_samples=5)
    problem(api.open_enrollment("new", target_samples=6), 400, "target_samples_out_of_bounds")
    assert not Subject.objects.exists()


def test_a_user_that_is_switched_off(api, other, stage):
    api.open_enrollment("alice")
    api.client.subjects.update(is_active=False)
    problem(api.open_enrollment("alice"), 403, "user_inactive")
    assert other.open_enrollment("alice").status_code == 201


def test_without_a_token(db):
    body = {"user_id": "alice", "session_type": "api"}
    answer = anonymous().post("/api/auth/enrollment/", body, format="json")
    problem(answer, 401, "not_authenticated")


def test_a_form_is_not_json(api, stage):
    body = {"user_id": "alice", "session_type": "api"}
    answer = api.http.post("/api/auth/enrollment/", body, format="multipart")
    problem(answer, 415, "unsupported_media_type")
