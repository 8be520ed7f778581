"""A frame suspected as a spoof drops what came before it; live frames in a row clear it."""

import pytest

from authentication.models import AuthenticationSession, ProbeSample
from enrollment.models import EnrollmentImage, EnrollmentSample, FaceTemplate
from faceplatform.engine.testing import SPOOF, UNCLEAR
from tests.authentication.vectors import at_cosine
from tests.stage import quality

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(make_api, stage):
    """A client with an enrolled user, whose enrollment had no suspected frame."""
    api = make_api(liveness="passive", keep_images=True)
    api.enroll(stage, "alice")
    return api


def reasons(api, token: str, *frames: bytes) -> list[str]:
    return [api.post_frame(token, data).json()["reason"] for data in frames]


def live(stage, count: int = 1) -> list[bytes]:
    return [stage.frame("alice") for _ in range(count)]


def spoof(stage) -> bytes:
    return stage.frame("alice", liveness=SPOOF)


@pytest.mark.parametrize("user_id", ["alice", None], ids=["verification", "identification"])
@pytest.mark.parametrize("suspected", [1, 2])
def test_one_live_frame_does_not_undo_it(api, stage, user_id, suspected):
    token = api.authentication_token(user_id)
    found = reasons(api, token, *(spoof(stage) for _ in range(suspected)), *live(stage, 2))
    assert found == [*["spoof_suspected"] * suspected, "undecided", "undecided"]
    status = api.session(token).json()
    assert (status["result"], status["matched_user"]) == (None, None)
    assert status["liveness_verified"] is False


def test_three_in_a_row_do(api, stage):
    token = api.authentication_token("alice")
    reasons(api, token, spoof(stage), *live(stage, 2))
    body = api.post_frame(token, stage.frame("alice")).json()
    assert (body["result"], body["reason"]) == ("success", "matched")
    assert body["liveness_verified"] is True
    assert body["samples_collected"] == 3


def test_in_a_row_means_none_suspected_between(api, stage):
    token = api.authentication_token("alice")
    frames = [spoof(stage), *live(stage, 2), spoof(stage), *live(stage, 3)]
    assert reasons(api, token, *frames) == [
        "spoof_suspected",
        *["undecided"] * 2,
        "spoof_suspected",
        *["undecided"] * 2,
        "matched",
    ]


def test_frames_that_are_not_taken_neither_count_nor_break_the_row(api, stage):
    token = api.authentication_token("alice")
    unclear = stage.frame("alice", liveness=UNCLEAR)
    blurred = stage.frame("alice", quality=quality(sharpness=0.0))
    frames = [spoof(stage), *live(stage), unclear, *live(stage), blurred, *live(stage)]
    assert reasons(api, token, *frames)[-1] == "matched"
    assert AuthenticationSession.objects.get().samples_collected == 3


def test_what_was_collected_before_counts_no_more(make_api, stage):
    """After two frames that were not similar enough and a suspicion, three new ones are needed."""
    api = make_api(liveness="passive", probe_frames=10)
    enrolling = api.enrollment_token("alice", target_samples=1)
    api.post_frame(enrolling, stage.frame(embedding=at_cosine(1.0)))
    token = api.authentication_token("alice")
    for turned in (0, 10):
        unlike = stage.frame(embedding=at_cosine(0.5, turned=turned))
        assert api.post_frame(token, unlike).json()["reason"] == "undecided"
    body = api.post_frame(token, spoof(stage)).json()
    assert (body["samples_collected"], body["similarity_score"]) == (0, None)
    assert not ProbeSample.objects.exists()
    like = [stage.frame(embedding=at_cosine(0.95, turned=turned)) for turned in (0, 10, 20)]
    assert reasons(api, token, *like) == ["undecided", "undecided", "matched"]


def test_a_stranger_is_refused_no_later(api, stage):
    token = api.authentication_token("alice")
    reasons(api, token, spoof(stage))
    strange = [stage.frame("mallory") for _ in range(3)]
    assert reasons(api, token, *strange) == ["undecided", "undecided", "no_match"]


def test_the_policys_number_of_suspicions_ends_it_all_the_same(api, stage):
    token = api.authentication_token("alice")
    frames = [spoof(stage), *live(stage, 2), spoof(stage), *live(stage, 2), spoof(stage)]
    assert reasons(api, token, *frames)[-1] == "liveness_failed"


@pytest.mark.parametrize("needed", [1, 2, 5])
def test_the_policy_says_how_many(make_api, stage, needed):
    api = make_api(liveness="passive", live_frames_after_spoof=needed)
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    found = reasons(api, token, spoof(stage), *live(stage, needed))
    assert found == ["spoof_suspected", *["undecided"] * (needed - 1), "matched"]


def test_an_enrollment_begins_anew(api, stage):
    token = api.enrollment_token("bob", target_samples=3)
    for _ in range(2):
        api.post_frame(token, stage.frame("bob"))
    body = api.post_frame(token, stage.frame("bob", liveness=SPOOF)).json()
    assert (body["reason"], body["samples_collected"]) == ("spoof_suspected", 0)
    assert (body["enrollment_progress"], body["target_samples"]) == (0.0, 3)
    assert api.session(token).json()["samples_collected"] == 0
    assert not EnrollmentSample.objects.exists()
    assert not EnrollmentImage.objects.filter(session__subject__user_id="bob").exists()
    answers = [api.post_frame(token, stage.frame("bob")).json() for _ in range(3)]
    assert [answer["enrollment_complete"] for answer in answers] == [False, False, True]
    assert EnrollmentImage.objects.filter(session__subject__user_id="bob").count() == 3


def test_an_enrollment_of_one_sample_needs_three_then(api, stage):
    token = api.enrollment_token("bob", target_samples=1)
    api.post_frame(token, stage.frame("bob", liveness=SPOOF))
    answers = [api.post_frame(token, stage.frame("bob")).json() for _ in range(3)]
    assert [answer["enrollment_progress"] for answer in answers] == [33.3, 66.7, 100.0]
    assert [answer["enrollment_complete"] for answer in answers] == [False, False, True]
    assert {answer["target_samples"] for answer in answers} == {3}
    template = FaceTemplate.objects.get(subject__user_id="bob")
    assert (template.sample_count, template.liveness_verified) == (3, True)


def test_without_liveness_nothing_is_suspected(make_api, stage):
    api = make_api("off")
    api.enroll(stage, "alice")
    token = api.authentication_token("alice")
    assert reasons(api, token, spoof(stage)) == ["matched"]


def test_a_suspicion_stays_with_its_session(api, stage):
    reasons(api, api.authentication_token("alice"), spoof(stage))
    assert reasons(api, api.authentication_token("alice"), *live(stage)) == ["matched"]
