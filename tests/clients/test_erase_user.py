"""Erasing a user with templates, sessions, images and gallery entries in one call."""

import pytest

from authentication.models import AuthenticationSession, ProbeSample
from clients import services
from clients.models import Subject
from clients.users import erasure
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform import events
from faceplatform.api import idempotency

pytestmark = pytest.mark.django_db


def find(api, user_id: str = "alice") -> Subject:
    return services.find_subject(api.client, user_id)


def test_nothing_of_the_user_stays(make_api, stage):
    api = make_api(keep_images=True)
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    api.verify(stage.frame("alice"))
    api.post_frame(api.authentication_token("alice"), stage.frame("bob"))  # undecided: stays open
    assert ProbeSample.objects.count() == 1
    assert erasure.erase_subject(find(api)) is not None
    assert erasure.erase_subject(find(api, "bob")) is not None
    for model in (Subject, FaceTemplate, EnrollmentSession, EnrollmentImage, ProbeSample):
        assert not model.objects.exists(), model
    assert not AuthenticationSession.objects.exists()


def test_the_gallery_finds_the_user_no_more(api, stage):
    api.enroll(stage, "alice")
    assert api.identify(stage.frame("alice"))["result"] == "success"  # the gallery is in memory
    erasure.erase_subject(find(api))
    assert api.identify(stage.frame("alice"))["matched_user"] is None


def test_an_identification_that_found_the_user_stays_without_a_name(api, stage):
    api.enroll(stage, "alice")
    token = api.authentication_token()
    api.post_frame(token, stage.frame("alice"))
    erasure.erase_subject(find(api))
    status = api.session(token).json()
    assert (status["result"], status["matched_user"]) == ("success", None)
    assert AuthenticationSession.objects.get().frame_outcomes == ""


def test_no_kept_answer_names_the_user(api, other, stage):
    api.enroll(stage, "alice")
    frame, token = stage.frame("alice"), api.authentication_token()
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    other.also_send(HTTP_IDEMPOTENCY_KEY="once")
    other.open_enrollment("bob")
    matched = api.post_frame(token, frame)
    assert matched.json()["matched_user"] == {"user_id": "alice"}
    assert api.post_frame(token, frame)["Idempotency-Replayed"] == "true"
    erasure.erase_subject(find(api))
    again = api.post_frame(token, frame)
    assert "Idempotency-Replayed" not in again
    assert b"alice" not in again.content
    assert other.open_enrollment("bob")["Idempotency-Replayed"] == "true"


def test_nor_one_that_is_on_its_way_while_the_user_is_erased(api, stage, monkeypatch):
    api.enroll(stage, "alice")
    frame, token = stage.frame("alice"), api.authentication_token()
    api.also_send(HTTP_IDEMPOTENCY_KEY="once")
    settle = idempotency.settle

    def erase_before(row, response):
        erasure.erase_subject(find(api))
        settle(row, response)

    monkeypatch.setattr(idempotency, "settle", erase_before)
    assert api.post_frame(token, frame).json()["matched_user"] == {"user_id": "alice"}
    monkeypatch.undo()
    again = api.post_frame(token, frame)
    assert "Idempotency-Replayed" not in again
    assert b"alice" not in again.content


def test_open_sessions_end_first_and_everybody_hears(api, stage, heard):
    api.enrollment_token("alice")
    subject = find(api)
    erasure.erase_subject(subject)
    ended, erased = heard[-2:]
    assert (ended.status, ended.subject_id) == ("cancelled", subject.pk)
    assert isinstance(erased, events.UserErased)
    assert (erased.client_id, erased.user_id) == (api.client.pk, "alice")


def test_a_frame_that_was_being_measured_finds_its_session_gone(api, stage):
    token = api.enrollment_token("alice", target_samples=1)
    stage.meanwhile = lambda: erasure.erase_subject(find(api))
    assert api.post_frame(token, stage.frame("alice")).status_code == 404
    assert not FaceTemplate.objects.exists()


def test_twice_is_once(api, stage, heard):
    api.enroll(stage, "alice")
    subject = find(api)
    assert erasure.erase_subject(subject) is not None
    published = len(heard)
    assert erasure.erase_subject(subject) is None
    assert len(heard) == published


def test_users_are_listed_and_found_within_their_client(api, other, stage):
    api.enroll(stage, "bob")
    api.enroll(stage, "alice")
    other.enroll(stage, "carol")
    assert [user.user_id for user in services.subjects(api.client)] == ["alice", "bob"]
    with pytest.raises(services.UserNotFound):
        services.find_subject(api.client, "carol")


@pytest.mark.parametrize("action", ["one", "several"])
def test_the_admin_erases_by_the_same_way(api, stage, admin_client, heard, action):
    api.enroll(stage, "alice")
    subject, before = find(api), len(heard)
    if action == "one":
        answer = admin_client.post(f"/admin/clients/subject/{subject.pk}/delete/", {"post": "yes"})
    else:
        body = {"action": "delete_selected", "_selected_action": [subject.pk], "post": "yes"}
        answer = admin_client.post("/admin/clients/subject/", body)
    assert answer.status_code == 302
    assert [event.user_id for event in heard[before:]] == ["alice"]
    assert not Subject.objects.exists()
