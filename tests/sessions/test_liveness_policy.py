"""Policy `passive`: every frame is checked, nothing is waived, spoofs end the session."""

import pytest

from faceplatform.engine import registry
from faceplatform.engine.testing import SPOOF, UNCLEAR, FakeEngine
from tests.stage import problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(make_api):
    return make_api(liveness="passive", max_spoof_frames=2)


@pytest.mark.parametrize(
    ("liveness", "reason"),
    [(SPOOF, "spoof_suspected"), (UNCLEAR, "liveness_unclear"), (None, "liveness_unclear")],
)
@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_a_frame_that_is_not_live_does_not_count(api, stage, kind, liveness, reason):
    body = api.post_frame(getattr(api, kind)(), stage.frame(liveness=liveness)).json()
    assert body["reason"] == reason
    assert body["frame_accepted"] is body["liveness_verified"] is False
    assert body["samples_collected"] == 0
    assert body["advice"]
    assert body["liveness_score"] == (liveness.score if liveness else None)


def test_the_right_face_on_a_screen_is_not_matched(api, stage):
    api.enroll(stage)
    body = api.verify(stage.frame("alice", liveness=SPOOF))
    assert body["reason"] == "spoof_suspected"
    assert body["result"] is body["matched_user"] is body["similarity_score"] is None


def test_an_enrollment_fails_after_the_policys_spoofs(api, stage):
    token = api.enrollment_token()
    assert api.post_frame(token, stage.frame(liveness=SPOOF)).json()["reason"] == "spoof_suspected"
    api.post_frame(token, stage.frame())  # a good one in between forgives nothing
    body = api.post_frame(token, stage.frame(liveness=SPOOF)).json()
    assert (body["session_status"], body["reason"]) == ("failed", "liveness_failed")
    assert body["success"] is body["requires_more_frames"] is body["enrollment_complete"] is False
    finished = problem(api.post_frame(token, stage.frame()), 409, "session_finished")
    assert finished["reason"] == "liveness_failed"


def test_an_authentication_fails_after_the_policys_spoofs(api, stage):
    api.enroll(stage)
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame(liveness=SPOOF))
    body = api.post_frame(token, stage.frame(liveness=SPOOF)).json()
    assert (body["session_status"], body["reason"]) == ("completed", "liveness_failed")
    assert (body["success"], body["result"]) == (False, "failure")
    assert body["error"] == "User not recognized or liveness check failed."


def test_what_cannot_be_told_is_no_spoof(api, stage):
    token = api.enrollment_token(target_samples=1)
    for _ in range(5):
        api.post_frame(token, stage.frame(liveness=UNCLEAR))
    body = api.post_frame(token, stage.frame()).json()
    assert body["enrollment_complete"] is body["liveness_verified"] is True


@pytest.mark.parametrize("kind", ["open_enrollment", "open_authentication"])
def test_without_the_weights_no_session_opens(api, stage, kind):
    registry.set_engine(FakeEngine(stage.analyze, has_liveness=False))
    problem(getattr(api, kind)(), 503, "liveness_unavailable")
    assert not api.client.subjects.exists()


def test_weights_that_vanish_mid_session_waive_nothing(api, stage):
    token = api.enrollment_token()
    registry.set_engine(FakeEngine(stage.analyze, has_liveness=False))
    problem(api.post_frame(token, stage.frame()), 503, "model_missing")
    assert api.session(token).json()["frames_received"] == 0


def test_policy_off_needs_no_weights(make_api, stage):
    registry.set_engine(FakeEngine(stage.analyze, has_liveness=False))
    api = make_api("off", liveness="off")
    body = api.post_frame(api.enrollment_token(target_samples=1), stage.frame()).json()
    assert body["enrollment_complete"] is True
    assert body["liveness_verified"] is None  # nothing was checked
