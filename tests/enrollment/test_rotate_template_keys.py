"""manage.py rotate_template_keys: everything is sealed again, then the old key can go."""

import base64
from io import StringIO

import pytest
from django.core.management import call_command

from authentication.models import ProbeSample
from enrollment import gallery
from enrollment.models import EnrollmentImage, EnrollmentSample, FaceTemplate
from faceplatform.crypto import DecryptionFailed
from faceplatform.sessions.models import SeenFrame
from tests.stage import problem

pytestmark = pytest.mark.django_db
OLD = "old:" + base64.b64encode(b"o" * 32).decode()
NEW = "new:" + base64.b64encode(b"n" * 32).decode()
SEALED = (FaceTemplate, EnrollmentImage, EnrollmentSample, ProbeSample, SeenFrame)


def rotate() -> str:
    out = StringIO()
    call_command("rotate_template_keys", stdout=out)
    return out.getvalue()


def key_ids() -> set[str]:
    return {key for model in SEALED for key in model.objects.values_list("key_id", flat=True)}


@pytest.fixture
def sealed(make_api, stage, settings):
    """A client with a row of each kind under the old key, and two open sessions."""
    settings.FACEPLATFORM_TEMPLATE_KEYS = [OLD]
    api = make_api(keep_images=True, replayed_frame="refuse")
    api.enroll(stage, "alice")
    tokens = [api.enrollment_token("bob", target_samples=2), api.authentication_token()]
    for token in tokens:
        api.post_frame(token, stage.frame("bob"))
    assert all(model.objects.exists() for model in SEALED)
    assert key_ids() == {"old"}
    return api, tokens


def test_the_old_key_can_be_removed_afterwards(sealed, stage, settings):
    api, (enrollment, identification) = sealed
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    rotate()
    assert key_ids() == {"new"}
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW]
    gallery.forget_all()
    assert api.verify(stage.frame("alice"))["result"] == "success"
    assert api.identify(stage.frame("alice"))["matched_user"] == {"user_id": "alice"}
    assert api.post_frame(enrollment, stage.frame("bob")).json()["enrollment_complete"] is True
    assert api.post_frame(identification, stage.frame("bob")).json()["result"] == "success"
    for image in EnrollmentImage.objects.all():
        assert image.unseal_column("data").startswith(b"\xff\xd8")


def test_a_repeated_frame_is_known_afterwards(sealed, stage, settings):
    api, _ = sealed
    data = stage.frame("bob")
    other = api.enrollment_token("carol", target_samples=3)
    api.post_frame(other, data)
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    rotate()
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW]
    assert api.post_frame(other, data).json()["reason"] == "frame_repeated"
    another = api.enrollment_token("dave")
    assert api.post_frame(another, data).json()["reason"] == "frame_repeated"


def test_both_keys_open_before_it_has_run(sealed, stage, settings):
    api, _ = sealed
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    gallery.forget_all()
    assert api.verify(stage.frame("alice"))["result"] == "success"
    api.enroll(stage, "carol")
    assert key_ids() == {"old", "new"}
    assert api.identify(stage.frame("carol"))["matched_user"] == {"user_id": "carol"}


def test_the_ciphertext_is_another_one(sealed, settings):
    before = bytes(FaceTemplate.objects.get().vector)
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    rotate()
    assert bytes(FaceTemplate.objects.get().vector) != before


def test_a_second_run_has_nothing_to_do(sealed, settings):
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    assert "face templates: 1 sealed again" in rotate()
    assert "face templates: 0 sealed again" in rotate()


def test_without_the_old_key_nothing_is_touched(sealed, stage, settings):
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW]
    before = bytes(FaceTemplate.objects.get().vector)
    with pytest.raises(DecryptionFailed):
        rotate()
    assert bytes(FaceTemplate.objects.get().vector) == before
    api, _ = sealed
    gallery.forget_all()
    token = api.authentication_token("alice")
    problem(api.post_frame(token, stage.frame("alice")), 503, "decryption_failed")


def test_more_than_one_batch(sealed, stage, settings, monkeypatch):
    monkeypatch.setattr("enrollment.management.commands.rotate_template_keys._BATCH", 1)
    api, _ = sealed
    api.enroll(stage, "carol")
    settings.FACEPLATFORM_TEMPLATE_KEYS = [NEW, OLD]
    assert "face templates: 2 sealed again" in rotate()
    assert key_ids() == {"new"}
