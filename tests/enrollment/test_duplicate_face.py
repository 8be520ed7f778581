"""A face that another user of the client has: refuse, flag or allow, by the policy."""

import pytest

from enrollment.models import EnrollmentSample, EnrollmentSession, FaceTemplate
from tests.stage import browser, problem, upload

pytestmark = pytest.mark.django_db


def enroll_alices_face_as(api, stage, user_id: str):
    token = api.enrollment_token(user_id, target_samples=2)
    api.post_frame(token, stage.frame("alice"))
    return token, api.post_frame(token, stage.frame("alice"))


def test_refused_without_a_word_about_whose_it_is(api, stage):
    first = api.enroll(stage, "the-first-user", person="alice")
    token, answer = enroll_alices_face_as(api, stage, "second")
    body = problem(answer, 409, "duplicate_face")
    assert (body["session_status"], body["reason"]) == ("failed", "duplicate_face")
    subject = api.client.subjects.get(user_id="the-first-user")
    for secret in ("the-first-user", first["enrollment_id"], str(subject.public_id)):
        assert secret not in answer.content.decode()
        assert secret not in api.session(token).content.decode()
    assert not {"user_id", "matched_user", "similarity_score"} & set(body)
    assert FaceTemplate.objects.get().subject == subject


def test_a_browser_learns_no_more(api, stage):
    api.enroll(stage, "the-first-user", person="alice")
    http = browser(api.enrollment_token("second", target_samples=1))
    frame = {"image": upload(stage.frame("alice"))}
    answer = http.post("/api/auth/process-image/", frame, format="multipart")
    problem(answer, 409, "duplicate_face")
    assert b"the-first-user" not in answer.content


def test_the_refused_session_is_over_and_clean(api, stage):
    api.enroll(stage, "alice")
    token, _ = enroll_alices_face_as(api, stage, "bob")
    finished = problem(api.post_frame(token, stage.frame("bob")), 409, "session_finished")
    assert finished["reason"] == "duplicate_face"
    session = EnrollmentSession.objects.get(subject__user_id="bob")
    assert (session.status, session.reason) == ("failed", "duplicate_face")
    assert session.frames_received == 2
    assert not EnrollmentSample.objects.exists()


def switch_off(api, user_id: str) -> None:
    assert api.client.subjects.filter(user_id=user_id).update(is_active=False) == 1


def test_switching_a_user_off_does_not_free_the_face(api, stage):
    api.enroll(stage, "fraudster", person="alice")
    switch_off(api, "fraudster")
    token, answer = enroll_alices_face_as(api, stage, "second")
    problem(answer, 409, "duplicate_face")
    assert "fraudster" not in answer.content.decode() + api.session(token).content.decode()
    assert api.open_authentication("second").json()["code"] == "user_not_enrolled"


def test_one_who_is_switched_off_hides_no_other_and_is_hidden_by_none(api, stage):
    for number in range(5):
        api.enroll(stage, f"other-{number}")
        switch_off(api, f"other-{number}")
    api.enroll(stage, "alice")
    problem(enroll_alices_face_as(api, stage, "second")[1], 409, "duplicate_face")
    switch_off(api, "alice")
    problem(enroll_alices_face_as(api, stage, "third")[1], 409, "duplicate_face")


def test_a_user_that_is_switched_off_is_flagged_too(make_api, stage):
    api = make_api(duplicate_face="flag")
    api.enroll(stage, "alice")
    switch_off(api, "alice")
    _, answer = enroll_alices_face_as(api, stage, "bob")
    assert answer.json()["enrollment_complete"] is answer.json()["duplicate_suspected"] is True


def test_and_is_found_by_no_identification(api, stage):
    api.enroll(stage, "alice")
    switch_off(api, "alice")
    assert api.identify(stage.frame("alice"))["matched_user"] is None


def test_flagged(make_api, stage):
    api = make_api(duplicate_face="flag")
    api.enroll(stage, "alice")
    unlike = api.enroll(stage, "carol")["enrollment_id"]
    assert api.enrollment(unlike).json()["duplicate_suspected"] is False
    _, answer = enroll_alices_face_as(api, stage, "bob")
    body = answer.json()
    assert body["enrollment_complete"] is body["duplicate_suspected"] is True
    assert api.enrollment(body["enrollment_id"]).json()["duplicate_suspected"] is True
    assert "alice" not in answer.content.decode()
    assert FaceTemplate.objects.count() == 3


def test_allowed(make_api, stage):
    api = make_api(duplicate_face="allow")
    api.enroll(stage, "alice")
    _, answer = enroll_alices_face_as(api, stage, "bob")
    assert answer.json()["enrollment_complete"] is True
    assert answer.json()["duplicate_suspected"] is False
    for user in ("alice", "bob"):
        assert api.verify(stage.frame("alice"), user)["result"] == "success"


def test_another_clients_user_is_no_duplicate(api, other, stage):
    api.enroll(stage, "alice")
    _, answer = enroll_alices_face_as(other, stage, "bob")
    assert answer.json()["enrollment_complete"] is True
    assert answer.json()["duplicate_suspected"] is False


def test_a_removed_template_is_no_duplicate(api, stage):
    enrolled = api.enroll(stage, "alice")
    api.remove(enrolled["enrollment_id"])
    _, answer = enroll_alices_face_as(api, stage, "bob")
    assert answer.json()["enrollment_complete"] is True


def test_an_unlike_face_is_no_duplicate(api, stage):
    for user in ("alice", "bob", "carol"):
        api.enroll(stage, user)
    assert FaceTemplate.objects.count() == 3
