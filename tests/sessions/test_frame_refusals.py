"""A frame that cannot be used: 200, its own reason, one line of advice, no sample."""

from typing import Any

import pytest

from faceplatform.conf import QualityLimits
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine
from faceplatform.sessions.reasons import ADVICE, Reason
from tests.stage import quality

pytestmark = pytest.mark.django_db


def below(measure: str) -> dict[str, Any]:
    """Return a frame's quality, just below the policy's limit of one measure."""
    return {"quality": quality(**{measure: getattr(QualityLimits(), measure) - 0.01})}


REFUSALS: dict[str, dict[str, Any]] = {
    "no_face": {"faces": 0},
    "multiple_faces": {"faces": 2},
    "face_unclear": {"presence": 0.89},
    "face_cut_off": below("inside_frame"),
    "face_too_small": below("size"),
    "face_turned": below("pose"),
    "too_dark": below("under_exposure"),
    "too_bright": below("over_exposure"),
    "low_contrast": below("contrast"),
    "blurred": below("sharpness"),
    "eyes_covered": below("eyes_uncovered"),
    "eyes_closed": below("eyes_open"),
    "mouth_open": below("mouth_closed"),
}


@pytest.mark.parametrize("reason", REFUSALS)
def test_an_enrollment_refuses_it(api, stage, reason):
    token = api.enrollment_token(target_samples=1)
    answer = api.post_frame(token, stage.frame(**REFUSALS[reason]))
    body = answer.json()
    assert answer.status_code == 200
    assert body["reason"] == reason
    assert body["success"] is body["frame_accepted"] is body["enrollment_complete"] is False
    assert body["requires_more_frames"] is True
    assert body["session_status"] == "processing"
    assert (body["samples_collected"], body["enrollment_progress"]) == (0, 0.0)
    assert body["advice"] == ADVICE[Reason(reason)]
    assert body["advice"] in body["message"]
    assert api.post_frame(token, stage.frame()).json()["enrollment_complete"] is True


@pytest.mark.parametrize("reason", REFUSALS)
def test_an_authentication_refuses_it_even_of_the_right_person(api, stage, reason):
    api.enroll(stage)
    token = api.authentication_token("alice")
    body = api.post_frame(token, stage.frame("alice", **REFUSALS[reason])).json()
    assert body["reason"] == reason
    assert body["success"] is body["frame_accepted"] is False
    assert body["result"] is body["matched_user"] is body["error"] is None
    assert body["advice"] == ADVICE[Reason(reason)]
    assert api.post_frame(token, stage.frame("alice")).json()["result"] == "success"


@pytest.mark.parametrize("faces", [0, 2, 3])
def test_without_one_face_nothing_is_measured(api, stage, faces):
    body = api.post_frame(api.enrollment_token(), stage.frame(faces=faces)).json()
    assert body["face"] is body["quality_score"] is body["liveness_score"] is None


def test_a_measured_face_is_shown_with_the_refusal(api, stage):
    shown = stage.frame(quality=quality(sharpness=0.1))
    body = api.post_frame(api.enrollment_token(), shown).json()
    assert body["face"]["quality"]["sharpness"] == 0.1


def test_a_measure_at_its_limit_is_good_enough(api, stage):
    shown = stage.frame(quality=quality(**QualityLimits().model_dump()), presence=0.99)
    assert api.post_frame(api.enrollment_token(), shown).json()["frame_accepted"] is True


def test_the_limits_are_the_clients(make_api, stage):
    strict, lax = (make_api(f"{limit}", quality={"sharpness": limit}) for limit in (0.9, 0.0))
    data = stage.frame(quality=quality(sharpness=0.5))
    assert strict.post_frame(strict.enrollment_token(), data).json()["reason"] == "blurred"
    assert lax.post_frame(lax.enrollment_token(), data).json()["reason"] == "accepted"


def test_one_reason_at_a_time_the_first_to_mend(api, stage):
    shown = stage.frame(quality=quality(sharpness=0, size=0, contrast=0), presence=0.1)
    assert api.post_frame(api.enrollment_token(), shown).json()["reason"] == "face_too_small"


def test_every_reason_of_a_frame_has_a_test_and_advice():
    assert all(ADVICE[Reason(reason)] for reason in REFUSALS)
    assert set(ADVICE) == set(Reason)


def test_liveness_is_not_measured_when_the_policy_is_off(api, stage):
    engine = FakeEngine(stage.analyze)
    registry.set_engine(engine)
    body = api.post_frame(api.enrollment_token(), stage.frame()).json()
    assert body["liveness_score"] is None
    assert engine.calls[0][1].liveness is False
