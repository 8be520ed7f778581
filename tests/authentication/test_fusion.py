"""Undecided frames continue the session; the fusion of the good ones decides."""

import pytest

from tests.authentication.vectors import at_cosine

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(make_api, stage):
    """Alice's template is at_cosine(1.0); one comparison matches from 0.7 on."""
    api = make_api(probe_frames=3, false_match_rate=1e-3)
    token = api.enrollment_token("alice", target_samples=1)
    assert api.post_frame(token, stage.frame(embedding=at_cosine(1.0))).json()["success"]
    return api


@pytest.fixture
def post(api, stage):
    token = api.authentication_token("alice")
    return lambda embedding: api.post_frame(token, stage.frame(embedding=embedding)).json()


def test_two_frames_that_match_only_together(post):
    """Each at 0.68; their mean, noise of two sides taken out, at 0.74."""
    one, two = at_cosine(0.68, turned=-30), at_cosine(0.68, turned=30)
    assert one @ two > 0.7
    first = post(one)
    assert (first["reason"], first["result"]) == ("undecided", None)
    assert first["success"] is False
    assert first["frame_accepted"] is first["requires_more_frames"] is True
    assert first["session_status"] == "processing"
    assert first["similarity_score"] < 0.5
    assert first["matched_user"] is None
    assert first["advice"]
    second = post(two)
    assert (second["reason"], second["result"]) == ("matched", "success")
    assert second["samples_collected"] == 2
    assert second["similarity_score"] > 0.5


def test_the_last_of_the_policys_frames_may_still_succeed(post):
    assert post(at_cosine(0.65))["reason"] == "undecided"
    assert post(at_cosine(0.67, turned=5))["reason"] == "undecided"
    assert post(at_cosine(0.97))["reason"] == "matched"


def test_after_the_policys_frames_it_is_over(post):
    answers = [post(at_cosine(0.6, turned=turned)) for turned in (0, 5, 10)]
    assert [answer["reason"] for answer in answers] == ["undecided", "undecided", "no_match"]
    assert answers[2]["samples_collected"] == 3


def test_refused_frames_are_not_among_them(api, stage):
    token = api.authentication_token("alice")
    for _ in range(5):
        assert api.post_frame(token, stage.frame(faces=0)).json()["samples_collected"] == 0
    answer = api.post_frame(token, stage.frame(embedding=at_cosine(0.9))).json()
    assert answer["result"] == "success"


@pytest.mark.parametrize(("cosine", "result"), [(0.701, "success"), (0.699, None)])
def test_the_threshold_is_the_calibrated_one(post, cosine, result):
    answer = post(at_cosine(cosine))
    assert answer["result"] == result
    assert answer["similarity_score"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("rate", "cosine", "result"),
    [(1e-2, 0.61, "success"), (1e-3, 0.61, None), (1e-4, 0.79, None), (1e-4, 0.81, "success")],
)
def test_the_operating_point_is_the_clients(make_api, stage, rate, cosine, result):
    api = make_api("strict", false_match_rate=rate)
    token = api.enrollment_token("alice", target_samples=1)
    api.post_frame(token, stage.frame(embedding=at_cosine(1.0)))
    assert api.verify(stage.frame(embedding=at_cosine(cosine)))["result"] == result
