"""GET /api/core/config/: the policy that counts, thresholds at its rate, models, limits."""

from pathlib import Path

import pytest

from faceplatform.conf import CapturePolicy
from faceplatform.engine.catalogue import choices
from faceplatform.matching.calibration import load_calibration
from faceplatform.system import examples
from tests.stage import anonymous, problem

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.django_db


def config(api):
    answer = api.http.get("/api/core/config/")
    assert answer.status_code == 200
    return answer.json()


def test_it_needs_a_token(db):
    problem(anonymous().get("/api/core/config/"), 401, "not_authenticated")


def test_the_policy_includes_defaults(make_api, stage):
    api = make_api(target_samples=5)
    assert config(api)["policy"] == CapturePolicy(target_samples=5).model_dump()


@pytest.mark.parametrize(
    ("fmr", "cosine", "similarity"), [(0.01, 0.6, 0.333), (0.001, 0.7, 0.5), (0.0001, 0.8, 0.667)]
)
def test_thresholds_at_the_clients_operating_point(make_api, stage, fmr, cosine, similarity):
    thresholds = config(make_api(false_match_rate=fmr))["thresholds"]
    assert thresholds["source"] == "the scripted engine of the tests"
    assert (thresholds["fmr"], thresholds["similarity"]) == (fmr, similarity)
    (alone,) = thresholds["comparisons"]
    assert alone == {
        "template_frames": 1,
        "probe_frames": 1,
        "fmr": fmr,
        "cosine": cosine,
        "measured": True,
    }


def test_the_thresholds_come_with_the_promise_of_the_status(api, stage):
    status = api.http.get("/api/core/status/").json()
    assert config(api)["thresholds"]["promise"] == status["calibration"]["promise"]


def test_the_models_are_those_in_use(api, stage):
    models = config(api)["models"]
    assert {model["name"] for model in models} == choices.weights_in_use()
    assert all(model["licence"] and model["source"] for model in models)


def test_the_limits_are_those_that_refuse(api, stage):
    limits = config(api)["input"]
    longest = limits["max_characters"]["user_id"]
    assert api.open_enrollment("u" * longest).status_code == 201
    problem(api.open_enrollment("u" * (longest + 1)), 400, "validation_failed")
    body = "x" * (limits["body"]["max_bytes"] + 1)
    answer = api.http.post("/api/auth/enrollment/", {"user_id": body}, format="json")
    problem(answer, 413, "request_too_large")


def test_the_example_is_complete(api, stage):
    def shape(value):
        if isinstance(value, dict):
            return {name: shape(each) for name, each in value.items() if name != "formats"}
        return [shape(value[0])] if isinstance(value, list) else None

    assert shape(config(api)) == shape(examples.CONFIG)


def test_the_example_has_the_shipped_thresholds():
    shown = examples.CONFIG["thresholds"]
    model = choices.recognition(examples.CONFIG["recognition"]["name"]).model
    calibration = load_calibration(ROOT / "calibration", model)
    looks = CapturePolicy().probe_frames
    for row in shown["comparisons"]:
        frames = {name: row[name] for name in ("template_frames", "probe_frames")}
        threshold = calibration.threshold(shown["fmr"], looks=looks, **frames)
        points = calibration.points[tuple(frames.values())]
        strictest = min(point.fmr for point in points if point.measured)
        assert (row["cosine"], row["measured"]) == (round(threshold, 4), row["fmr"] >= strictest)
