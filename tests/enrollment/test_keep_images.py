"""Images are kept only when the client's policy says so, sealed, and go with the enrollment."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image

from enrollment.models import EnrollmentImage, EnrollmentSession
from faceplatform.sessions.ending import expire_overdue
from tests.stage import problem

pytestmark = pytest.mark.django_db


def test_by_default_none_is_kept(api, stage):
    api.enroll(stage)
    assert not EnrollmentImage.objects.exists()


@pytest.fixture
def keeper(make_api):
    return make_api(keep_images=True, max_enrollment_frames=4)


def test_the_accepted_ones_are_kept_and_sealed(keeper, stage):
    token = keeper.enrollment_token(target_samples=2)
    for data in (stage.frame(), stage.frame(faces=0), stage.frame()):
        keeper.post_frame(token, data)
    assert EnrollmentImage.objects.count() == 2
    for image in EnrollmentImage.objects.all():
        assert b"JFIF" not in bytes(image.data)
        jpeg = image.unseal_column("data")
        assert Image.open(BytesIO(jpeg)).format == "JPEG"


def test_what_else_the_file_held_is_not_kept(keeper, stage):
    picture = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.open(BytesIO(stage.frame())).save(picture, "JPEG", exif=exif)
    assert b"taken at home" in picture.getvalue()
    stage.show(picture.getvalue())
    keeper.post_frame(keeper.enrollment_token(), picture.getvalue())
    assert b"taken at home" not in EnrollmentImage.objects.get().unseal_column("data")


def test_they_go_with_the_enrollment(keeper, stage):
    enrolled = keeper.enroll(stage)
    assert EnrollmentImage.objects.count() == 3
    keeper.remove(enrolled["enrollment_id"])
    assert not EnrollmentImage.objects.exists()


def test_they_go_when_a_newer_enrollment_replaces_it(keeper, stage):
    keeper.enroll(stage)
    keeper.enroll(stage, frames=1)
    assert EnrollmentImage.objects.count() == 1


def test_they_go_when_it_fails(keeper, stage):
    token = keeper.enrollment_token()
    keeper.post_frame(token, stage.frame())
    for _ in range(3):
        answer = keeper.post_frame(token, stage.frame(faces=0))
    assert answer.json()["reason"] == "frame_limit"
    assert not EnrollmentImage.objects.exists()


def test_they_go_when_it_is_a_duplicate(keeper, stage):
    keeper.enroll(stage, "alice", frames=1)
    token = keeper.enrollment_token("bob", target_samples=1)
    problem(keeper.post_frame(token, stage.frame("alice")), 409, "duplicate_face")
    assert EnrollmentImage.objects.count() == 1


@pytest.mark.parametrize("end", ["cancelled", "expired"])
def test_they_go_when_it_never_completes(keeper, stage, end):
    token = keeper.enrollment_token()
    keeper.post_frame(token, stage.frame())
    if end == "cancelled":
        keeper.cancel(token)
    else:
        EnrollmentSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        expire_overdue()
    assert not EnrollmentImage.objects.exists()


def test_no_answer_holds_an_image(keeper, stage):
    enrolled = keeper.enroll(stage)
    assert "image" not in keeper.enrollment(enrolled["enrollment_id"]).content.decode()
