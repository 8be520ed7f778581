"""The second net of passive liveness judges one sample of a session, and its word counts."""

import pytest

from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.engine import registry
from faceplatform.engine.testing import FakeEngine, judged, unclear
from faceplatform.engine.types import LivenessLack

pytestmark = pytest.mark.django_db

BOTH, FIRST_ALONE = judged(0.97, 0.99), judged(0.97)
SECOND_REFUSES = judged(0.97, 0.01)


@pytest.fixture
def engine(stage):
    engine = FakeEngine(stage.analyze)
    registry.set_engine(engine)
    return engine


@pytest.fixture
def api(make_api, engine):
    return make_api(liveness="passive", max_spoof_frames=3)


def post(api, stage, token, *verdicts):
    return [api.post_frame(token, stage.frame(liveness=each)).json() for each in verdicts]


def asked(engine) -> list[bool]:
    return [wants.second_liveness for _, wants in engine.calls]


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_it_is_asked_until_it_has_judged_a_sample(api, stage, engine, kind):
    token = getattr(api, kind)()
    small = unclear(LivenessLack.SIZE)
    answers = post(api, stage, token, small, FIRST_ALONE, BOTH, FIRST_ALONE)
    assert [answer["frame_accepted"] for answer in answers[:3]] == [False, True, True]
    assert asked(engine) == [True, True, True, False]


def test_a_policy_without_the_check_does_not_ask_it(make_api, stage, engine):
    api = make_api()
    api.post_frame(api.enrollment_token(), stage.frame())
    assert asked(engine) == [False]


def test_its_suspicion_counts_like_the_first_nets(api, stage, engine):
    token = api.enrollment_token()
    good, refused, again = post(api, stage, token, BOTH, SECOND_REFUSES, FIRST_ALONE)
    assert (good["samples_collected"], refused["samples_collected"]) == (1, 0)
    assert (refused["reason"], refused["liveness_score"]) == ("spoof_suspected", 0.01)
    assert again["samples_collected"] == 1
    # What it had judged is dropped, so it is asked once more.
    assert asked(engine) == [True, False, True]
    assert EnrollmentSession.objects.get().liveness_nets == ["minifasnet"]


def test_a_frame_without_it_is_no_first_sample(api, stage, engine):
    """Another frame's suspicion dropped the sample that it had judged, meanwhile."""
    token = api.enrollment_token()
    post(api, stage, token, BOTH)
    late, suspected = stage.frame(), stage.frame(liveness=SECOND_REFUSES)

    def meanwhile():
        stage.meanwhile = lambda: None
        assert api.post_frame(token, suspected).json()["reason"] == "spoof_suspected"

    stage.meanwhile = meanwhile
    answer = api.post_frame(token, late).json()
    assert (answer["reason"], answer["samples_collected"]) == ("liveness_unclear", 0)
    assert api.post_frame(token, stage.frame()).json()["frame_accepted"] is True


@pytest.mark.parametrize(
    ("verdict", "nets"), [(BOTH, ["deep_tree", "minifasnet"]), (FIRST_ALONE, ["minifasnet"])]
)
def test_the_session_says_which_nets_judged_its_samples(api, stage, verdict, nets):
    api.enroll(stage)
    token = api.authentication_token("alice")
    answer = api.post_frame(token, stage.frame(liveness=verdict)).json()
    assert (answer["reason"], answer["liveness_verified"]) == ("matched", True)
    assert AuthenticationSession.objects.get().liveness_nets == nets
    assert api.session(token).json()["liveness_nets"] == nets


@pytest.mark.parametrize(
    ("scores", "reasons"),
    [
        ([0.51], ["accepted"]),
        ([0.51, 0.9], ["accepted", "accepted"]),
        ([0.55, 0.65], ["accepted", "spoof_suspected"]),
        ([0.51, 0.9, 0.51], ["accepted", "accepted", "accepted"]),
        ([0.7, 0.51, 0.51], ["accepted", "spoof_suspected", "accepted"]),
    ],
)
def test_frames_that_are_barely_live_are_suspicious_together(api, stage, scores, reasons):
    answers = post(api, stage, api.enrollment_token(target_samples=5), *map(judged, scores))
    assert [answer["reason"] for answer in answers] == reasons


@pytest.mark.parametrize(
    ("lack", "reason"),
    [
        (LivenessLack.ROOM, "more_room"),
        (LivenessLack.SIZE, "face_too_small"),
        (LivenessLack.DETAIL, "blurred"),
        (LivenessLack.COLOUR, "liveness_unclear"),
    ],
)
def test_the_advice_names_what_the_frame_lacks(api, stage, lack, reason):
    (answer,) = post(api, stage, api.enrollment_token(), unclear(lack))
    assert (answer["reason"], answer["frame_accepted"]) == (reason, False)
    assert answer["advice"]
