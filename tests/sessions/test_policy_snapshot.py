"""A session keeps the policy it was opened with."""

import pytest

from faceplatform.engine.testing import SPOOF
from tests.stage import quality

pytestmark = pytest.mark.django_db


def change(api, **policy) -> None:
    api.client.policy = policy
    api.client.save(update_fields=["policy"])


def test_stricter_limits_are_for_new_sessions(api, stage):
    running = api.enrollment_token()
    change(api, quality={"sharpness": 0.9})
    data = stage.frame(quality=quality(sharpness=0.5))
    assert api.post_frame(running, data).json()["reason"] == "accepted"
    assert api.post_frame(api.enrollment_token(), data).json()["reason"] == "blurred"


def test_a_check_cannot_be_switched_off_under_a_running_session(make_api, stage):
    api = make_api(liveness="passive")
    running = api.enrollment_token()
    change(api, liveness="off")
    data = stage.frame(liveness=SPOOF)
    assert api.post_frame(running, data).json()["reason"] == "spoof_suspected"
    assert api.post_frame(api.enrollment_token(), data).json()["reason"] == "accepted"


def test_the_number_of_samples_stays(api, stage):
    running = api.open_enrollment().json()
    change(api, target_samples=5)
    assert running["target_samples"] == 3
    assert api.session(running["session_token"]).json()["target_samples"] == 3
    assert api.open_enrollment().json()["target_samples"] == 5


def test_the_number_of_probes_stays(make_api, stage):
    api = make_api(probe_frames=1)
    api.enroll(stage)
    running = api.authentication_token("alice")
    change(api, probe_frames=3)
    assert api.post_frame(running, stage.frame("mallory")).json()["reason"] == "no_match"
    assert api.verify(stage.frame("mallory"))["reason"] == "undecided"
