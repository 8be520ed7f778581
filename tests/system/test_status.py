"""GET /api/core/status/: version, engine, models and the calibration of the thresholds."""

import tomllib
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from faceplatform.conf import CapturePolicy
from faceplatform.engine.catalogue import choices
from faceplatform.matching.calibration import load_calibration
from faceplatform.system import examples
from tests.stage import anonymous, old_calibration, problem

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db


@pytest.fixture
def status(api, stage):
    answer = api.http.get("/api/core/status/")
    assert answer.status_code == 200
    return answer.json()


def test_it_needs_a_token(db):
    problem(anonymous().get("/api/core/status/"), 401, "not_authenticated")


def test_version_and_recognition_model(status):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert status["version"] == django_settings.SPECTACULAR_SETTINGS["VERSION"]
    assert status["version"] == project["version"]
    expected = {"name": "fake", "version": "1", "alignment": "none", "dimension": 128}
    assert status["recognition"].items() >= expected.items()
    assert status["liveness_available"] is True


def test_every_model_has_a_licence_and_a_source(status):
    assert status["models"]
    for model in status["models"]:
        assert model["name"]
        assert model["purpose"]
        assert model["licence"]
        assert model["source"]
        assert isinstance(model["installed"], bool)


def test_thresholds_come_with_the_rate_they_stand_for(status):
    assert status["calibration"]["source"] == "the scripted engine of the tests"
    assert status["calibration"]["thresholds"] == [
        {"template_frames": 1, "probe_frames": 1, "fmr": 0.01, "cosine": 0.6, "measured": True},
        {"template_frames": 1, "probe_frames": 1, "fmr": 0.001, "cosine": 0.7, "measured": True},
        {"template_frames": 1, "probe_frames": 1, "fmr": 0.0001, "cosine": 0.8, "measured": True},
    ]


def test_the_promise_says_what_the_rates_hold_for(status):
    promise = status["calibration"]["promise"]
    assert promise["groups"] == ["F", "M"]
    assert (promise["sessions"], promise["looks"], promise["detection"]) == (True, 10, True)
    assert promise["strictest"] == 0.0001
    assert promise["not_covered"] == [
        "groups that are not labelled, such as age or skin tone",
        "other cameras and other light",
        "attacks: a false match is an accident",
    ]


def test_a_policy_may_choose_the_strictest_rate_and_none_beyond(make_api, stage):
    promise = make_api("one").http.get("/api/core/status/").json()["calibration"]["promise"]
    strictest = promise["strictest"]
    allowed = make_api("two", false_match_rate=strictest).open_enrollment("alice")
    assert allowed.status_code == 201
    beyond = make_api("three", false_match_rate=strictest / 2).open_enrollment("alice")
    problem(beyond, 503, "operating_point_unsupported")


def test_a_calibration_of_an_early_release_names_its_gaps(api, stage, settings, tmp_path):
    settings.FACEPLATFORM_CALIBRATION_DIR = old_calibration(tmp_path)
    promise = api.http.get("/api/core/status/").json()["calibration"]["promise"]
    assert promise["groups"] == []
    assert (promise["sessions"], promise["looks"], promise["detection"]) == (False, 1, False)
    assert promise["strictest"] == 0.0001
    assert promise["not_covered"][:3] == [
        "everybody against everybody, not each group by itself",
        "one look, not a whole session",
        "aligned chips, not photographs through detection",
    ]
    assert "attacks: a false match is an accident" in promise["not_covered"]


def test_the_policy_is_the_callers(make_api, stage):
    one, two = make_api("one", target_samples=5), make_api("two", liveness="passive")
    policies = [api.http.get("/api/core/status/").json()["policy"] for api in (one, two)]
    assert [policy["target_samples"] for policy in policies] == [5, 3]
    assert [policy["liveness"] for policy in policies] == ["off", "passive"]
    assert policies[0]["quality"]["inside_frame"] == 0.9


def test_it_holds_no_path_and_no_key(status):
    text = str(status)
    assert str(django_settings.BASE_DIR) not in text
    assert django_settings.SECRET_KEY not in text
    assert django_settings.FACEPLATFORM_TEMPLATE_KEYS[0] not in text


def test_the_example_in_the_schema_is_the_default_as_it_ships():
    (example,) = examples.STATUS
    model = choices.recognition("dlib").model
    shown = example.value["recognition"]
    assert (shown["name"], shown["version"], shown["alignment"]) == model.key
    calibration = load_calibration(ROOT / "calibration", model)
    points, promise = calibration.points, example.value["calibration"]["promise"]
    assert promise["groups"] == list(calibration.promise.groups)
    assert (promise["looks"], promise["strictest"]) == (3, calibration.strictest)
    for row in example.value["calibration"]["thresholds"]:
        table = points[row["template_frames"], row["probe_frames"]]
        (point,) = [each for each in table if each.fmr == row["fmr"]]
        assert (row["cosine"], row["measured"]) == (round(point.cosine, 4), point.measured)
    assert example.value["policy"] == CapturePolicy(liveness="passive").model_dump()
