"""manage.py expire_sessions: overdue sessions end, and their samples are deleted."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from authentication.models import AuthenticationSession, ProbeSample
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession
from faceplatform.sessions.ending import expire_overdue
from tests.stage import problem

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("expire_sessions", stdout=out)
    return out.getvalue()


def overdue(*models) -> None:
    for model in models:
        model.objects.update(expires_at=timezone.now() - timedelta(seconds=1))


def test_both_kinds_expire_and_their_samples_go(api, stage, ended):
    for token in (api.enrollment_token(), api.authentication_token()):
        api.post_frame(token, stage.frame("bob"))
    overdue(EnrollmentSession, AuthenticationSession)
    assert "2 sessions expired" in run()
    for model in (EnrollmentSession, AuthenticationSession):
        session = model.objects.get()
        assert (session.status, session.reason) == ("expired", "expired")
        assert session.finished_at is not None
    assert not EnrollmentSample.objects.exists()
    assert not ProbeSample.objects.exists()
    assert [(event.kind, event.status) for event in ended] == [
        ("enrollment", "expired"),
        ("authentication", "expired"),
    ]


def test_what_is_not_overdue_stays(api, stage):
    token = api.enrollment_token()
    api.post_frame(token, stage.frame())
    assert "0 sessions expired" in run()
    assert api.session(token).json()["status"] == "processing"
    assert EnrollmentSample.objects.count() == 1


def test_what_has_ended_is_left_alone(api, stage, heard):
    api.enroll(stage)
    api.cancel(api.enrollment_token())
    heard.clear()
    overdue(EnrollmentSession)
    assert "0 sessions expired" in run()
    assert set(EnrollmentSession.objects.values_list("status", flat=True)) == {
        "completed",
        "cancelled",
    }
    assert heard == []


def test_a_second_run_finds_nothing(api, stage):
    api.open_enrollment()
    overdue(EnrollmentSession)
    assert "1 sessions expired" in run()
    assert "0 sessions expired" in run()


def test_more_than_one_batch(api, stage, monkeypatch):
    for number in range(5):
        api.open_enrollment(f"user-{number}")
    overdue(EnrollmentSession)
    assert expire_overdue(limit=2) == 2
    assert "3 sessions expired" in run()


@pytest.mark.parametrize("call", ["post_frame", "cancel"])
def test_a_call_to_an_overdue_session_ends_it(make_api, stage, call):
    """Nobody else may open one for a long time, which is when the embedded default sweeps."""
    api = make_api(keep_images=True)
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    overdue(EnrollmentSession)
    arguments = (token, stage.frame()) if call == "post_frame" else (token,)
    problem(getattr(api, call)(*arguments), 410, "session_expired")
    assert EnrollmentSession.objects.get().status == "expired"
    assert not EnrollmentSample.objects.exists()
    assert not EnrollmentImage.objects.exists()


def test_the_limit_is_of_both_kinds_together(api, stage):
    for _ in range(2):
        api.open_enrollment("alice")
        api.open_authentication()
    overdue(EnrollmentSession, AuthenticationSession)
    assert [expire_overdue(limit=3), expire_overdue(limit=3)] == [3, 1]
