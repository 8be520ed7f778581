"""A session that has ended takes no more frames, and says how it ended."""

from datetime import timedelta

import pytest
from django.utils import timezone

from authentication.models import AuthenticationSession, ProbeSample
from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.sessions.ending import expire_overdue
from tests.stage import problem

pytestmark = pytest.mark.django_db
KINDS = ["enrollment_token", "authentication_token"]


def overdue() -> None:
    for model in (EnrollmentSession, AuthenticationSession):
        model.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def ended(answer, status: str, reason: str) -> None:
    body = problem(answer, 409, "session_finished")
    assert (body["session_status"], body["reason"]) == (status, reason)


@pytest.mark.parametrize("kind", KINDS)
def test_cancelled(api, stage, kind):
    token = getattr(api, kind)()
    answer = api.cancel(token)
    assert answer.status_code == 200
    assert answer.json()["status"] == "cancelled"
    assert answer.json()["finished_at"] is not None
    ended(api.post_frame(token, stage.frame()), "cancelled", "cancelled")
    ended(api.cancel(token), "cancelled", "cancelled")
    assert api.session(token).json()["frames_received"] == 0


def test_cancelling_deletes_the_samples(api, stage):
    api.enroll(stage, "alice")
    enrollment, probe = api.enrollment_token("alice"), api.authentication_token()
    api.post_frame(enrollment, stage.frame("bob"))
    api.post_frame(probe, stage.frame("bob"))
    assert EnrollmentSample.objects.count() == ProbeSample.objects.count() == 1
    api.cancel(enrollment)
    api.cancel(probe)
    assert EnrollmentSample.objects.count() == ProbeSample.objects.count() == 0
    assert FaceTemplate.objects.count() == 1


def test_a_completed_enrollment(api, stage):
    token = api.enroll(stage)["session_token"]
    ended(api.post_frame(token, stage.frame()), "completed", "enrolled")
    ended(api.cancel(token), "completed", "enrolled")


def test_a_matched_authentication_is_used_up(api, stage):
    api.enroll(stage)
    token = api.authentication_token("alice")
    assert api.post_frame(token, stage.frame()).json()["result"] == "success"
    ended(api.post_frame(token, stage.frame()), "completed", "matched")
    ended(api.post_frame(token, stage.frame("mallory")), "completed", "matched")


def test_a_failed_authentication_gets_no_second_chance(make_api, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage)
    token = api.authentication_token("alice")
    assert api.post_frame(token, stage.frame("mallory")).json()["reason"] == "no_match"
    ended(api.post_frame(token, stage.frame("alice")), "completed", "no_match")


@pytest.mark.parametrize("kind", KINDS)
def test_expired(api, stage, kind):
    token = getattr(api, kind)()
    overdue()
    problem(api.post_frame(token, stage.frame()), 410, "session_expired")
    problem(api.cancel(token), 410, "session_expired")


@pytest.mark.parametrize("kind", KINDS)
def test_expired_and_swept(api, stage, kind):
    token = getattr(api, kind)()
    overdue()
    assert expire_overdue() == 1
    problem(api.post_frame(token, stage.frame()), 410, "session_expired")


def test_it_expires_at_the_moment_it_says(api, stage, monkeypatch):
    api.enroll(stage)
    token = api.authentication_token("alice")
    at = AuthenticationSession.objects.get().expires_at
    monkeypatch.setattr(timezone, "now", lambda: at - timedelta(microseconds=1))
    assert api.session(token).json()["status"] == "active"
    monkeypatch.setattr(timezone, "now", lambda: at)
    assert api.session(token).json()["status"] == "expired"
    problem(api.post_frame(token, stage.frame()), 410, "session_expired")


def test_its_life_is_the_policys(make_api, stage):
    make_api(session_seconds=90).open_enrollment()
    session = EnrollmentSession.objects.get()
    assert session.expires_at - session.created_at == timedelta(seconds=90)


def test_an_ended_session_does_not_even_look_at_the_image(api, stage):
    token = api.enrollment_token()
    api.cancel(token)
    ended(api.post_frame(token, b"no image at all"), "cancelled", "cancelled")


class TestWhileAFrameIsMeasured:
    """The decision is made on the row as it is after the measurement."""

    def test_it_expires(self, api, stage):
        token = api.enrollment_token(target_samples=1)
        stage.meanwhile = overdue
        problem(api.post_frame(token, stage.frame()), 410, "session_expired")
        assert not FaceTemplate.objects.exists()
        assert EnrollmentSession.objects.get().frames_received == 0

    def test_it_is_cancelled(self, api, stage):
        token = api.enrollment_token(target_samples=1)
        stage.meanwhile = lambda: api.cancel(token)
        ended(api.post_frame(token, stage.frame()), "cancelled", "cancelled")
        assert not FaceTemplate.objects.exists()

    def test_it_is_deleted(self, api, stage):
        token = api.enrollment_token(target_samples=1)
        stage.meanwhile = lambda: EnrollmentSession.objects.all().delete()
        problem(api.post_frame(token, stage.frame()), 404, "session_not_found")
        assert not FaceTemplate.objects.exists()

    def test_the_user_is_switched_off(self, api, stage):
        token = api.enrollment_token(target_samples=1)
        stage.meanwhile = lambda: api.client.subjects.update(is_active=False)
        answer = api.post_frame(token, stage.frame()).json()
        assert answer["success"] is False
        assert (answer["session_status"], answer["reason"]) == ("failed", "user_inactive")
        assert api.session(token).json()["samples_collected"] == answer["samples_collected"] == 1
        assert not FaceTemplate.objects.exists()
