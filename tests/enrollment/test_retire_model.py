"""manage.py retire_model: the old model's templates are removed, and only where that is meant."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from enrollment import retirement
from enrollment.models import EnrollmentImage, FaceTemplate
from faceplatform.events import TemplateRemoved
from tests.enrollment.two_models import A, B, image

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(make_api, deployments):
    """Users 0 and 1 have templates of both models, user 2 one of model A; this is model B."""
    api = make_api("keeper", keep_images=True)
    for person in range(3):
        token = api.enrollment_token(f"user-{person}", target_samples=1)
        assert api.post_frame(token, image(person, 1)).json()["enrollment_complete"]
    EnrollmentImage.objects.filter(session__subject__user_id="user-2").delete()
    deployments.be(deployments.b)
    call_command("reembed", stdout=StringIO())
    return api


def retire(*options: str, model: str = str(A.key)) -> str:
    out = StringIO()
    call_command("retire_model", model, "--no-input", *options, stdout=out)
    return out.getvalue()


def left() -> list[tuple[str, str]]:
    return sorted(FaceTemplate.objects.values_list("subject__user_id", "model_name"))


def test_those_that_are_replaced_go(changed, heard):
    said = retire()
    assert "2 of fake/1/none removed" in said
    assert "1 are left" in said
    assert left() == [("user-0", B.name), ("user-1", B.name), ("user-2", A.name)]
    assert changed.verify(image(1, 9), "user-1")["result"] == "success"
    # Those users are enrolled as before.
    assert not [event for event in heard if isinstance(event, TemplateRemoved)]


def test_the_other_deployment_matches_them_no_more(changed, deployments):
    deployments.be(deployments.a)
    assert changed.identify(image(1, 9))["matched_user"] == {"user_id": "user-1"}
    deployments.be(deployments.b)
    retire()
    deployments.be(deployments.a)
    assert changed.identify(image(1, 9))["matched_user"] is None
    assert changed.open_authentication("user-1").json()["code"] == "reenrollment_required"


def test_all_of_them(changed, heard):
    assert "3 of fake/1/none removed" in retire("--unreplaced")
    assert left() == [("user-0", B.name), ("user-1", B.name)]
    assert changed.open_authentication("user-2").json()["code"] == "user_not_enrolled"
    (event,) = [event for event in heard if isinstance(event, TemplateRemoved)]
    assert event.client_id == changed.client.pk


def test_again_there_is_nothing_to_do(changed):
    retire()
    assert "0 of fake/1/none removed" in retire()


def test_a_dry_run_removes_nothing(changed):
    before = left()
    assert "2 of fake/1/none would be removed" in retire("--dry-run")
    assert left() == before


def test_one_client_alone(changed, make_api):
    make_api("another")
    assert "0 of fake/1/none removed" in retire("--client", "another")
    assert "2 of fake/1/none removed" in retire("--client", "keeper")
    with pytest.raises(CommandError, match="no client 'nobody'"):
        retire("--client", "nobody")


def test_the_model_in_use_is_refused(changed):
    with pytest.raises(CommandError, match="in use"):
        retire(model=str(B.key))


@pytest.mark.parametrize("model", ["dlib", "fake/2/none", "a/b/c/d"])
def test_a_model_of_no_template_is_refused(changed, model):
    with pytest.raises(CommandError, match="fake/1/none"):
        retire(model=model)


def test_it_asks(changed, monkeypatch):
    asked = []
    monkeypatch.setattr("builtins.input", lambda question: asked.append(question) or "yes")
    call_command("retire_model", str(A.key), stdout=StringIO())
    assert "2 templates of fake/1/none" in asked[0]
    assert FaceTemplate.objects.count() == 3


@pytest.mark.parametrize("answer", ["y", "", "no"])
def test_any_other_answer_is_no(changed, monkeypatch, answer):
    monkeypatch.setattr("builtins.input", lambda question: answer)
    with pytest.raises(CommandError, match="Nothing was removed"):
        call_command("retire_model", str(A.key), stdout=StringIO())
    assert FaceTemplate.objects.count() == 5


def test_what_is_no_longer_replaced_is_kept(changed, monkeypatch):
    """The opposite deployment retired model B between the listing and the removal."""
    lock = retirement.gallery.lock

    def retired_meanwhile(client_pk):
        monkeypatch.setattr(retirement.gallery, "lock", lock)
        FaceTemplate.objects.filter(model_name=B.name).delete()
        return lock(client_pk)

    monkeypatch.setattr(retirement.gallery, "lock", retired_meanwhile)
    assert "0 of fake/1/none removed" in retire()
    assert left() == [(f"user-{person}", A.name) for person in range(3)]
