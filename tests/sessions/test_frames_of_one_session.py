"""A good frame after the session's earlier ones: repeated, of another person, one too many."""

from io import BytesIO

import pytest
from PIL import Image

from tests.authentication.vectors import at_cosine
from tests.stage import problem

pytestmark = pytest.mark.django_db


def encoded(data: bytes, kind: str, **options) -> bytes:
    buffer = BytesIO()
    Image.open(BytesIO(data)).save(buffer, kind, **options)
    return buffer.getvalue()


def refused(answer, reason: str, *, collected: int) -> None:
    body = answer.json()
    assert answer.status_code == 200
    assert body["reason"] == reason
    assert body["frame_accepted"] is False
    assert body["samples_collected"] == collected
    assert body["advice"]


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_the_same_bytes(api, stage, kind):
    token, data = getattr(api, kind)(), stage.frame()
    assert api.post_frame(token, data).json()["frame_accepted"] is True
    refused(api.post_frame(token, data), "frame_repeated", collected=1)


@pytest.mark.parametrize(
    ("kind", "options"), [("JPEG", {"quality": 85}), ("WEBP", {"quality": 80}), ("BMP", {})]
)
def test_the_same_image_saved_again(api, stage, kind, options):
    token, data = api.enrollment_token(), stage.frame()
    api.post_frame(token, data)
    again = encoded(data, kind, **options)
    assert again != data
    stage.show(again, person="alice", sample=99)
    refused(api.post_frame(token, again), "frame_repeated", collected=1)


def test_it_may_be_used_in_another_session(api, stage):
    data = stage.frame()
    for user in ("alice", "alice"):
        answer = api.post_frame(api.enrollment_token(user), data).json()
        assert answer["frame_accepted"] is True


def test_a_repeated_frame_completes_nothing(api, stage):
    token, data = api.enrollment_token(target_samples=3), stage.frame()
    for _ in range(5):
        body = api.post_frame(token, data).json()
    assert body["enrollment_complete"] is False
    assert body["samples_collected"] == 1


@pytest.mark.parametrize("kind", ["enrollment_token", "authentication_token"])
def test_another_person(api, stage, kind):
    token = getattr(api, kind)()
    api.post_frame(token, stage.frame("alice"))
    refused(api.post_frame(token, stage.frame("bob")), "different_person", collected=1)
    assert api.post_frame(token, stage.frame("alice")).json()["samples_collected"] == 2


@pytest.mark.parametrize(
    ("rate", "cosine", "reason"),
    [
        pytest.param(1e-2, 0.61, "accepted", id="as lax as the policy"),
        pytest.param(1e-2, 0.59, "different_person", id="below the policy's rate"),
        pytest.param(1e-4, 0.71, "accepted", id="never stricter than 1 in 1,000"),
        pytest.param(1e-4, 0.69, "different_person", id="below 1 in 1,000"),
    ],
)
def test_the_rate_of_the_same_person(make_api, stage, rate, cosine, reason):
    api = make_api(false_match_rate=rate)
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame(embedding=at_cosine(1.0)))
    answer = api.post_frame(token, stage.frame(embedding=at_cosine(cosine))).json()
    assert answer["reason"] == reason


def test_the_enrollments_frame_limit(make_api, stage):
    api = make_api(max_enrollment_frames=3)
    token = api.enrollment_token(target_samples=3)
    api.post_frame(token, stage.frame())
    api.post_frame(token, stage.frame(faces=0))
    body = api.post_frame(token, stage.frame()).json()
    assert (body["session_status"], body["reason"]) == ("failed", "frame_limit")
    assert body["success"] is body["requires_more_frames"] is False
    assert problem(api.post_frame(token, stage.frame()), 409, "session_finished")["reason"] == (
        "frame_limit"
    )


def test_the_last_allowed_frame_may_complete(make_api, stage):
    api = make_api(max_enrollment_frames=2)
    token = api.enrollment_token(target_samples=2)
    api.post_frame(token, stage.frame())
    assert api.post_frame(token, stage.frame()).json()["enrollment_complete"] is True


def test_the_authentications_frame_limit(make_api, stage):
    api = make_api(max_authentication_frames=2, probe_frames=5)
    api.enroll(stage)
    token = api.authentication_token("alice")
    api.post_frame(token, stage.frame(faces=2))
    body = api.post_frame(token, stage.frame("mallory")).json()
    assert (body["session_status"], body["reason"]) == ("completed", "frame_limit")
    assert body["result"] == "failure"
    assert body["matched_user"] is None


def test_refused_frames_alone_reach_the_limit(make_api, stage):
    api = make_api(max_authentication_frames=2)
    token = api.authentication_token()
    api.post_frame(token, stage.frame(faces=0))
    body = api.post_frame(token, stage.frame(faces=0)).json()
    assert (body["reason"], body["result"]) == ("frame_limit", "failure")
