"""DELETE /api/auth/enrollments/{id}/: the template is gone for good."""

import pytest

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from faceplatform.events import TemplateRemoved
from tests.stage import problem

pytestmark = pytest.mark.django_db


def test_nothing_finds_it_any_more(api, stage):
    enrolled = api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice"}
    answer = api.remove(enrolled["enrollment_id"])
    assert (answer.status_code, answer.content) == (204, b"")
    problem(api.open_authentication("alice"), 409, "user_not_enrolled")
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    problem(api.enrollment(enrolled["enrollment_id"]), 404, "enrollment_not_found")
    problem(api.remove(enrolled["enrollment_id"]), 404, "enrollment_not_found")
    problem(api.session(enrolled["session_token"]), 404, "session_not_found")
    assert FaceTemplate.objects.get().subject.user_id == "bob"
    assert api.identify(stage.frame("bob"))["matched_user"] == {"user_id": "bob"}


def test_it_is_heard_of(api, stage, heard):
    enrolled = api.enroll(stage, "alice")
    heard.clear()
    api.remove(enrolled["enrollment_id"])
    (event,) = heard
    assert isinstance(event, TemplateRemoved)
    assert event.client_id == api.client.pk
    assert event.subject_id == api.client.subjects.get().pk
    assert event.enrollment_id == enrolled["enrollment_id"]


def test_an_open_one_is_cancelled_and_its_samples_go(api, stage, ended):
    opened = api.open_enrollment().json()
    api.post_frame(opened["session_token"], stage.frame())
    assert api.remove(opened["enrollment_id"]).status_code == 204
    assert not EnrollmentSession.objects.exists()
    assert not EnrollmentSample.objects.exists()
    problem(api.post_frame(opened["session_token"], stage.frame()), 404, "session_not_found")
    assert [(event.status, event.reason) for event in ended] == [("cancelled", "cancelled")]


def test_a_running_verification_has_nobody_to_compare_with(api, stage):
    enrolled = api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    api.remove(enrolled["enrollment_id"])
    body = api.post_frame(token, stage.frame("alice")).json()
    assert (body["result"], body["reason"]) == ("failure", "user_not_enrolled")
    assert body["matched_user"] is body["similarity_score"] is None


def test_a_running_identification_does_not_find_it(api, stage):
    enrolled = api.enroll(stage, "alice")
    token = api.authentication_token()
    api.post_frame(token, stage.frame("mallory"))
    api.remove(enrolled["enrollment_id"])
    body = api.post_frame(token, stage.frame("mallory")).json()
    assert body["matched_user"] is None


def test_removed_while_the_probe_is_measured(api, stage):
    enrolled = api.enroll(stage, "alice")
    token = api.authentication_token()
    stage.meanwhile = lambda: api.remove(enrolled["enrollment_id"])
    assert api.post_frame(token, stage.frame("alice")).json()["matched_user"] is None


def test_what_was_decided_stays_known(api, stage):
    enrolled = api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame("alice"))
    api.remove(enrolled["enrollment_id"])
    assert api.session(token).json()["result"] == "success"
    assert AuthenticationSession.objects.count() == 1


def test_the_user_can_be_enrolled_again(api, stage):
    api.remove(api.enroll(stage, "alice")["enrollment_id"])
    api.enroll(stage, "alice")
    assert api.verify(stage.frame("alice"))["result"] == "success"


def test_deleting_a_user_removes_the_face_too(api, stage):
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    api.identify(stage.frame("alice"))
    api.client.subjects.get(user_id="alice").delete()
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    problem(api.open_authentication("alice"), 404, "user_not_found")


def test_deleting_a_client_removes_everything(api, other, stage):
    api.enroll(stage, "alice")
    other.enroll(stage, "alice")
    api.client.delete()
    assert FaceTemplate.objects.get().client == other.client
    assert other.identify(stage.frame("alice"))["result"] == "success"
