"""A change of the recognition model: two deployments side by side, and `manage.py reembed`."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from enrollment.models import FaceTemplate
from faceplatform.engine import registry
from faceplatform.engine.local import LocalEngine
from faceplatform.engine.preparation import installation
from tests.e2e.test_people import authenticate, enroll, picture, varied
from tests.enrollment import reembed_process
from tests.photographs import shared
from tests.stage import problem

pytestmark = [pytest.mark.django_db, pytest.mark.real_engine]


def prepare(model: str) -> None:
    source = shared("models") if model == "mobilefacenet" else None
    installation.prepare(model, source_dir=source)


@pytest.fixture(params=["dlib-fp32", "mobilefacenet"])
def become(request, settings) -> Callable[[str], None]:
    """A function that makes this process the "old" deployment, on dlib, or the "new" one."""
    prepare(request.param)
    engines = {
        "old": (settings.FACEPLATFORM_RECOGNITION_MODEL, registry.get_engine()),
        "new": (request.param, LocalEngine()),
    }

    def become(deployment: str) -> None:
        settings.FACEPLATFORM_RECOGNITION_MODEL, engine = engines[deployment]
        registry.set_engine(engine)

    return become


@pytest.fixture
def enrolled(make_api, become):
    """Two people enrolled by the old deployment, with their images."""
    api = make_api(keep_images=True)
    become("old")
    for user, pictures in (
        ("obama", [picture("obama.jpg"), picture("obama2.jpg")]),
        ("collins", varied("astronaut.png")),
    ):
        assert enroll(api, user, pictures)[-1]["enrollment_complete"]
    return api


def assert_each_is_known(api) -> None:
    for user, probe in (
        ("obama", [picture("obama3.jpg")]),
        ("collins", varied("astronaut.png")[2:]),
    ):
        assert authenticate(api, user, probe)["success"] is True
        assert authenticate(api, None, probe)["matched_user"] == {"user_id": user}


def test_each_deployment_matches_its_own(enrolled, become):
    become("new")
    problem(enrolled.open_authentication("obama"), 409, "reenrollment_required")
    missed = authenticate(enrolled, None, varied("obama3.jpg"))
    assert (missed["result"], missed["reason"]) == ("failure", "gallery_incomplete")
    assert enroll(enrolled, "biden", varied("biden.jpg"))[-1]["enrollment_complete"]
    assert authenticate(enrolled, "biden", varied("biden.jpg")[2:])["success"] is True
    become("old")
    assert_each_is_known(enrolled)
    problem(enrolled.open_authentication("biden"), 409, "reenrollment_required")


def test_after_reembedding_both_know_everybody(enrolled, become):
    become("new")
    call_command("reembed", stdout=StringIO())
    assert FaceTemplate.objects.count() == 4
    for deployment in ("new", "old"):
        become(deployment)
        assert_each_is_known(enrolled)
        stranger = authenticate(enrolled, None, varied("biden.jpg"))
        assert (stranger["result"], stranger["reason"]) == ("failure", "no_match")
        impostor = authenticate(enrolled, "collins", varied("obama3.jpg"))
        assert (impostor["result"], impostor["reason"]) == ("failure", "no_match")


def test_a_template_is_what_the_new_deployment_makes_of_the_images(enrolled, become):
    become("new")
    call_command("reembed", stdout=StringIO())
    model = registry.get_engine().model
    of_kept = FaceTemplate.objects.get(subject__user_id="obama", model_name=model.name).unseal()
    enroll(enrolled, "obama", [picture("obama.jpg"), picture("obama2.jpg")])
    of_posted = FaceTemplate.objects.get(subject__user_id="obama").unseal()
    # The only difference: the kept images are encoded again.
    assert of_kept @ of_posted > 0.98


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_in_processes_of_their_own(enrolled, become, settings):
    become("new")
    environment = {
        "FACEPLATFORM_RECOGNITION_MODEL": settings.FACEPLATFORM_RECOGNITION_MODEL,
        "FACEPLATFORM_ENGINE": "local",
    }
    calibration = settings.FACEPLATFORM_CALIBRATION_DIR
    runs = [reembed_process.start(calibration=calibration, **environment) for _ in range(2)]
    assert sum(reembed_process.reembedded(run) for run in runs) == 2
    assert FaceTemplate.objects.count() == 4
    assert_each_is_known(enrolled)
