"""The end of a user's and of an enrollment's retention: nothing matches from then on, and
housekeeping erases with a receipt."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clients.models import ErasureReceipt, Subject
from clients.users import erasure
from enrollment import removal
from enrollment.models import EnrollmentImage, EnrollmentSession, FaceTemplate
from faceplatform import events, housekeeping
from tests.clients.users import Users
from tests.stage import problem

pytestmark = pytest.mark.django_db


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).isoformat()


def end_user(user_id: str = "alice") -> None:
    Subject.objects.filter(user_id=user_id).update(expires_at=timezone.now())


def end_enrollment(api, enrollment_id: str) -> None:
    """Let the time pass to the enrollment's end."""
    changed = api.http.patch(
        f"/api/auth/enrollments/{enrollment_id}/",
        {"template_expires_at": in_days(1)},
        format="json",
    )
    assert changed.status_code == 200
    EnrollmentSession.objects.filter(public_id=enrollment_id).update(
        template_expires_at=timezone.now()
    )
    FaceTemplate.objects.filter(enrollment__public_id=enrollment_id).update(
        expires_at=timezone.now()
    )


def test_an_expired_user_neither_enrolls_nor_matches(api, stage):
    api.enroll(stage, "alice")
    assert api.identify(stage.frame("alice"))["result"] == "success"
    enrolling, verifying = api.enrollment_token("alice"), api.authentication_token("alice")
    end_user()
    problem(api.open_enrollment("alice"), 403, "user_expired")
    problem(api.open_authentication("alice"), 403, "user_expired")
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    assert api.post_frame(verifying, stage.frame("alice")).json()["reason"] == "retention_ended"
    for _ in range(2):
        api.post_frame(enrolling, stage.frame("alice"))
    assert api.post_frame(enrolling, stage.frame("alice")).json()["reason"] == "retention_ended"
    assert Subject.objects.exists()


def test_an_end_during_the_last_frame(api, stage):
    token = api.enrollment_token("alice", target_samples=1)
    stage.meanwhile = end_user
    assert api.post_frame(token, stage.frame("alice")).json()["reason"] == "retention_ended"
    assert not FaceTemplate.objects.exists()


def test_an_expired_face_can_enroll_under_another_id(api, stage):
    """It counts as removed for the duplicate check, too."""
    api.enroll(stage, "alice")
    end_user()
    api.enroll(stage, "new-alice", person="alice")


def test_expired_twins_hide_no_duplicate(make_api, stage):
    """They fill the first places of the search; the one that is kept is further down."""
    api = make_api(duplicate_face="allow")
    names = [f"twin-{number}" for number in range(8)]
    for name in names:
        api.enroll(stage, name, frames=1, person="alice")
    for name in names[1:]:
        end_user(name)
    api.client.policy = {}
    api.client.save(update_fields=["policy"])
    token = api.enrollment_token("again", target_samples=1)
    problem(api.post_frame(token, stage.frame("alice")), 409, "duplicate_face")


def test_housekeeping_erases_expired_users_with_a_receipt(api, other, stage, heard):
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    other.enroll(stage, "alice")
    Subject.objects.filter(client=api.client, user_id="alice").update(expires_at=timezone.now())
    Subject.objects.filter(user_id="bob").update(expires_at=timezone.now() + timedelta(days=1))
    results = housekeeping.clean_up()
    assert "1 users erased at their end" in results
    assert sorted(Subject.objects.values_list("user_id", flat=True)) == ["alice", "bob"]
    receipt = ErasureReceipt.objects.get()
    assert (receipt.erased, receipt.trigger) == ("user", "retention")
    assert receipt.client == api.client
    assert receipt.counts["templates"] == 1
    assert isinstance(heard[-1], events.UserErased)
    assert heard[-1].receipt_id == receipt.public_id
    assert "0 users erased at their end" in housekeeping.clean_up()


def test_a_user_whose_end_was_moved_meanwhile_stays(api, stage, monkeypatch):
    api.enroll(stage, "alice")
    end_user()
    erase = erasure.erase_subject

    def moved(subject, **given):
        Subject.objects.update(expires_at=timezone.now() + timedelta(days=1))
        return erase(subject, **given)

    monkeypatch.setattr(erasure, "erase_subject", moved)
    assert erasure.erase_expired(limit=10) == 0
    assert Subject.objects.exists()


def test_the_end_of_an_enrollment_is_set_when_it_is_opened(api, stage):
    end = in_days(30)
    opened = api.open_enrollment("alice", target_samples=1, template_expires_at=end).json()
    api.post_frame(opened["session_token"], stage.frame("alice"))
    shown = api.enrollment(opened["enrollment_id"]).json()["template_expires_at"]
    assert shown == end.replace("+00:00", "Z")
    assert FaceTemplate.objects.get().expires_at.isoformat() == end


def test_it_is_moved_and_withdrawn(api, stage):
    enrollment_id = api.enroll(stage, "alice")["enrollment_id"]
    address = f"/api/auth/enrollments/{enrollment_id}/"
    end = in_days(3)
    api.http.patch(address, {"template_expires_at": end}, format="json")
    assert FaceTemplate.objects.get().expires_at.isoformat() == end
    changed = api.http.patch(address, {"template_expires_at": None}, format="json").json()
    assert changed["template_expires_at"] is None
    assert FaceTemplate.objects.get().expires_at is None


@pytest.mark.parametrize("end", ["2020-01-01T00:00:00Z", "never", 5, ""])
def test_an_end_that_cannot_be_is_refused(api, stage, end):
    refused = api.open_enrollment("alice", template_expires_at=end)
    problem(refused, 400, "validation_failed")
    enrollment_id = api.enroll(stage, "alice")["enrollment_id"]
    address = f"/api/auth/enrollments/{enrollment_id}/"
    for body in ({"template_expires_at": end}, {}):
        problem(api.http.patch(address, body, format="json"), 400, "validation_failed")


def test_another_clients_enrollment_is_like_an_unknown_one(api, other, stage):
    address = f"/api/auth/enrollments/{other.enroll(stage, 'alice')['enrollment_id']}/"
    body = {"template_expires_at": None}
    problem(api.http.patch(address, body, format="json"), 404, "enrollment_not_found")


def test_an_expired_template_matches_nobody(api, stage):
    enrollment_id = api.enroll(stage, "alice")["enrollment_id"]
    verifying = api.authentication_token("alice")
    end_enrollment(api, enrollment_id)
    assert api.identify(stage.frame("alice"))["matched_user"] is None
    assert api.post_frame(verifying, stage.frame("alice")).json()["reason"] == "user_not_enrolled"
    problem(api.open_authentication("alice"), 409, "user_not_enrolled")
    assert Users(api).read("alice").json()["is_enrolled"] is False
    assert api.http.get("/api/auth/users/alice/").json()["is_enrolled"] is False
    api.enroll(stage, "alice")  # the user itself has not expired
    assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice"}


def test_housekeeping_removes_expired_enrollments_with_a_receipt(make_api, stage, heard):
    api = make_api(keep_images=True)
    enrollment_id = api.enroll(stage, "alice", frames=2)["enrollment_id"]
    end_enrollment(api, enrollment_id)
    del heard[:]
    assert "1 enrollments removed at their end" in housekeeping.clean_up()
    for model in (FaceTemplate, EnrollmentImage, EnrollmentSession):
        assert not model.objects.exists(), model
    assert Subject.objects.get().user_id == "alice"
    receipt = ErasureReceipt.objects.get()
    assert (receipt.erased, receipt.trigger) == ("enrollment", "retention")
    assert receipt.counts == {"enrollments": 1, "templates": 1, "images": 2, "samples": 0}
    assert [type(event) for event in heard] == [events.TemplateRemoved]


def test_an_enrollment_whose_end_was_moved_meanwhile_stays(api, stage, monkeypatch):
    end_enrollment(api, api.enroll(stage, "alice")["enrollment_id"])
    session = EnrollmentSession.objects.get()
    EnrollmentSession.objects.update(template_expires_at=timezone.now() + timedelta(days=1))
    assert removal._remove_expired(session) is False
    EnrollmentSession.objects.all().delete()
    assert removal._remove_expired(session) is False
