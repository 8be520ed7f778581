"""Completing an enrollment ends the user's other open ones: their tokens replace nothing."""

import pytest

from enrollment import services
from enrollment.models import EnrollmentImage, EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.sessions.models import SessionStatus
from tests.stage import browser, problem, upload

pytestmark = pytest.mark.django_db


def post(token: str, data: bytes):
    frame = {"image": upload(data)}
    return browser(token).post("/api/auth/process-image/", frame, format="multipart")


def superseded(answer) -> None:
    body = problem(answer, 409, "session_finished")
    assert (body["session_status"], body["reason"]) == ("failed", "superseded")


def test_an_older_sessions_token_puts_no_other_face_in(api, stage):
    old = api.enrollment_token("alice", target_samples=2)
    assert post(old, stage.frame("mallory")).json()["frame_accepted"] is True
    api.enroll(stage, "alice")
    superseded(post(old, stage.frame("mallory")))
    superseded(api.post_frame(old, stage.frame("mallory")))
    assert api.verify(stage.frame("alice"))["result"] == "success"
    assert api.verify(stage.frame("mallory"))["result"] is None
    status = api.session(old).json()
    assert (status["status"], status["reason"]) == ("failed", "superseded")


def test_nor_a_newer_ones(api, stage):
    """Its opener could not know of the older one's completion, and can open another session."""
    old, new = (api.enrollment_token("alice", target_samples=1) for _ in range(2))
    assert post(old, stage.frame("alice")).json()["reason"] == "enrolled"
    superseded(post(new, stage.frame("mallory")))
    assert api.verify(stage.frame("alice"))["result"] == "success"


def test_what_they_had_captured_is_deleted(make_api, stage):
    api = make_api(keep_images=True)
    for _ in range(2):
        post(api.enrollment_token("alice"), stage.frame("alice"))
    opened = api.enroll(stage, "alice")
    assert not EnrollmentSample.objects.exists()
    kept = EnrollmentImage.objects.values_list("session__public_id", flat=True)
    assert {str(session) for session in kept} == {opened["enrollment_id"]}


def test_everybody_hears_of_it(api, stage, ended):
    old = api.open_enrollment("alice").json()
    new = api.enroll(stage, "alice")
    told = [
        (EnrollmentSession.objects.get(pk=e.session_id).public_id, e.status, e.reason)
        for e in ended
    ]
    assert [(str(session), status, reason) for session, status, reason in told] == [
        (old["enrollment_id"], "failed", "superseded"),
        (new["enrollment_id"], "completed", "enrolled"),
    ]


def test_another_users_sessions_go_on(api, other, stage):
    bob, theirs = api.enrollment_token("bob"), other.enrollment_token("alice")
    api.enroll(stage, "alice")
    verification = api.authentication_token("alice")
    api.enroll(stage, "alice")
    for token, person in ((bob, "bob"), (theirs, "alice"), (verification, "alice")):
        assert post(token, stage.frame(person)).json()["frame_accepted"] is True


@pytest.mark.parametrize("end", ["cancelled", "frame_limit"])
def test_one_that_is_not_completed_ends_none(make_api, stage, end):
    api = make_api(max_enrollment_frames=1)
    old, new = (api.enrollment_token("alice", target_samples=1) for _ in range(2))
    if end == "cancelled":
        api.cancel(new)
    else:
        assert post(new, stage.frame(faces=0)).json()["reason"] == "frame_limit"
    assert post(old, stage.frame("alice")).json()["reason"] == "enrolled"


def test_while_the_older_ones_last_frame_is_measured(api, stage):
    old = api.enrollment_token("alice", target_samples=1)

    def meanwhile():
        stage.meanwhile = lambda: None
        api.enroll(stage, "alice")

    stage.meanwhile = meanwhile
    superseded(post(old, stage.frame("mallory")))
    assert api.verify(stage.frame("alice"))["result"] == "success"


def leave_open(session: EnrollmentSession) -> None:
    """Leave a session open, as if a frame held its row while the other was completed."""
    session.status, session.reason, session.finished_at = SessionStatus.PROCESSING, "", None
    session.save(update_fields=["status", "reason", "finished_at"])


def test_an_older_one_that_was_left_open_is_not_completed(api, stage):
    old = api.enrollment_token("alice", target_samples=1)
    api.enroll(stage, "alice")
    leave_open(EnrollmentSession.objects.earliest("pk"))
    answer = post(old, stage.frame("mallory")).json()
    assert (answer["session_status"], answer["reason"]) == ("failed", "superseded")
    assert answer["success"] is answer["enrollment_complete"] is False
    assert answer["advice"]
    assert api.verify(stage.frame("alice"))["result"] == "success"
    assert FaceTemplate.objects.count() == 1


def test_a_newer_one_that_was_left_open_replaces_the_older_ones(api, stage):
    old, new = (api.enrollment_token("alice", target_samples=1) for _ in range(2))
    post(old, stage.frame("alice"))
    leave_open(EnrollmentSession.objects.latest("pk"))
    assert post(new, stage.frame("alice")).json()["reason"] == "enrolled"
    assert FaceTemplate.objects.get().enrollment == EnrollmentSession.objects.latest("pk")


def test_it_stands_or_falls_with_the_enrollment(api, stage, monkeypatch):
    old, new = (api.enrollment_token("alice", target_samples=1) for _ in range(2))
    end_others = services.end_others

    def fail(session):
        end_others(session)
        raise RuntimeError("after all was written")

    monkeypatch.setattr(services, "end_others", fail)
    assert post(new, stage.frame("alice")).status_code == 500
    assert not FaceTemplate.objects.exists()
    assert {api.session(token).json()["status"] for token in (old, new)} == {"pending"}
