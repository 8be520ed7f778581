"""`liveness_verified`: true only when the check ran and passed on the frames that decided."""

import pytest

from authentication.models import AuthenticationSession, ProbeSample
from enrollment.models import FaceTemplate
from faceplatform.engine.testing import UNCLEAR
from tests.authentication.vectors import at_cosine

pytestmark = pytest.mark.django_db


def test_true_when_it_ran_and_passed(make_api, stage):
    api = make_api(liveness="passive")
    api.enroll(stage)
    body = api.verify(stage.frame())
    assert body["liveness_verified"] is True
    assert body["liveness_score"] == 0.97
    assert AuthenticationSession.objects.get().liveness_verified is True
    assert FaceTemplate.objects.get().liveness_verified is True


def test_null_when_the_policy_is_off(api, stage):
    api.enroll(stage)
    body = api.verify(stage.frame())
    assert (body["result"], body["liveness_verified"]) == ("success", None)
    assert body["liveness_score"] is None
    assert FaceTemplate.objects.get().liveness_verified is False


def test_false_until_it_succeeds(make_api, stage):
    api = make_api(liveness="passive", probe_frames=2)
    api.enroll(stage)
    token = api.authentication_token("alice")
    for reason in ("undecided", "no_match"):
        body = api.post_frame(token, stage.frame("mallory")).json()
        assert (body["reason"], body["liveness_verified"]) == (reason, False)


def test_frames_that_tell_nothing_do_not_spoil_the_good_ones(make_api, stage):
    api = make_api(liveness="passive")
    api.enroll(stage)
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame(liveness=UNCLEAR))
    body = api.post_frame(token, stage.frame()).json()
    assert (body["result"], body["liveness_verified"]) == ("success", True)


def test_every_deciding_frame_counts(make_api, stage):
    """An earlier frame without a passed check is enough to make it false."""
    api = make_api(liveness="passive", false_match_rate=1e-3)
    token = api.enrollment_token("alice", target_samples=1)
    api.post_frame(token, stage.frame(embedding=at_cosine(1.0)))
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame(embedding=at_cosine(0.65)))
    assert ProbeSample.objects.update(is_live=False) == 1
    body = api.post_frame(token, stage.frame(embedding=at_cosine(0.9))).json()
    assert (body["result"], body["liveness_verified"]) == ("success", False)
