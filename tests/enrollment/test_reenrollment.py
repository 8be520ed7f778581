"""Enrolling a user again replaces the template when it completes, and not before."""

import pytest

from enrollment.models import FaceTemplate

pytestmark = pytest.mark.django_db


def test_the_old_template_verifies_until_the_new_one_is_complete(api, stage):
    api.enroll(stage, "alice", person="old face")
    token = api.enrollment_token("alice", target_samples=2)
    api.post_frame(token, stage.frame("new face"))
    assert api.verify(stage.frame("old face"))["result"] == "success"
    assert api.verify(stage.frame("new face"))["result"] is None
    assert api.post_frame(token, stage.frame("new face")).json()["enrollment_complete"] is True
    assert api.verify(stage.frame("old face"))["result"] is None
    assert api.verify(stage.frame("new face"))["result"] == "success"
    assert api.identify(stage.frame("old face"))["matched_user"] is None
    assert FaceTemplate.objects.count() == 1


def test_the_same_face_again_is_no_duplicate(api, stage):
    for _ in range(3):
        api.enroll(stage, "alice")
    assert FaceTemplate.objects.count() == 1
    assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice"}


@pytest.mark.parametrize("end", ["cancelled", "frame_limit", "duplicate"])
def test_a_failed_one_leaves_the_old_template(make_api, stage, end):
    api = make_api(max_enrollment_frames=3)
    api.enroll(stage, "alice")
    api.enroll(stage, "bob")
    before = set(FaceTemplate.objects.values_list("pk", "vector"))
    token = api.enrollment_token("alice", target_samples=2)
    if end == "cancelled":
        api.post_frame(token, stage.frame("new face"))
        api.cancel(token)
    elif end == "frame_limit":
        for _ in range(3):
            api.post_frame(token, stage.frame(faces=0))
    else:
        for _ in range(2):
            answer = api.post_frame(token, stage.frame("bob"))
        assert answer.json()["code"] == "duplicate_face"
    assert set(FaceTemplate.objects.values_list("pk", "vector")) == before
    assert api.verify(stage.frame("alice"))["result"] == "success"


def test_the_earlier_enrollment_no_longer_has_a_template(api, stage):
    first, second = api.enroll(stage, "alice"), api.enroll(stage, "alice")
    assert api.enrollment(first["enrollment_id"]).json()["template"] is None
    assert api.enrollment(second["enrollment_id"]).json()["template"]["sample_count"] == 3


def test_removing_the_earlier_enrollment_keeps_the_newer_template(api, stage):
    first = api.enroll(stage, "alice")
    api.enroll(stage, "alice")
    assert api.remove(first["enrollment_id"]).status_code == 204
    assert api.verify(stage.frame("alice"))["result"] == "success"


def test_removing_the_newer_one_does_not_bring_the_earlier_back(api, stage):
    api.enroll(stage, "alice")
    second = api.enroll(stage, "alice")
    api.remove(second["enrollment_id"])
    assert api.open_authentication("alice").json()["code"] == "user_not_enrolled"
    assert api.identify(stage.frame("alice"))["matched_user"] is None
