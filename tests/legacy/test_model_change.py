"""After a change of the recognition model no older API takes a known user for a stranger, and none
lets somebody else register in a known user's place."""

import pytest

from enrollment.models import FaceTemplate
from tests.legacy.caller import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(old, stage):
    """The caller, after Ada (000) and Bea (001) registered and the model was changed."""
    for person, do, field, headers in (
        ("ada", "POST /api/enroll?username=ada", "cin_file", {}),
        ("bea", "POST /api/register/", "image", {"username": "bea", "galleryname": "staff"}),
    ):
        old.call(do, files={field: stage.frame(person)}, headers=headers)
    assert FaceTemplate.objects.count() == 2
    FaceTemplate.objects.update(model_version="before")
    return old


def test_000(changed, stage):
    answer = changed.call(
        "POST /api/authentificate?username=ada", files={"auth_video": stage.frame("ada")}
    )
    assert told(answer)["DecisionReason"] == "REENROLLMENT_REQUIRED"


def test_001_searching(changed, stage):
    answer = changed.call("POST /api/verify", files={"image": stage.frame("bea")})
    assert "enregistrées à nouveau" in answer.json()["message"]


def test_001_removing(changed, stage):
    headers = {"username": "bea", "galleryname": "staff"}
    answer = changed.call("POST /api/remove", files={"image": stage.frame("bea")}, headers=headers)
    assert "enregistrées à nouveau" in answer.json()["message"]
    assert FaceTemplate.objects.count() == 2


def test_003(changed, stage):
    answer = changed.call("POST /verify/", form={"id": "ada"}, files={"image": stage.frame("ada")})
    assert answer.status_code == 409
    assert answer.json()["verified"] is False


def test_nobody_registers_in_a_known_users_place(changed, stage):
    changed.call("POST /api/enroll?username=ada", files={"cin_file": stage.frame("eve")})
    assert set(FaceTemplate.objects.values_list("model_version", flat=True)) == {"before"}
