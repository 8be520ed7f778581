"""The holder of a session's token learns nothing of delays and locks."""

import pytest
from django.utils import timezone

from clients.models import UserAttempts
from tests.stage import browser, problem, upload

pytestmark = pytest.mark.django_db
WORDS = (b"locked", b"delayed", b"lockout")


def post(token: str, data: bytes):
    return browser(token).post(
        "/api/auth/sessions/current/frames/", {"image": upload(data)}, format="multipart"
    )


def answers(token: str, *frames: bytes) -> list[dict]:
    found = []
    for frame in frames:
        answer = post(token, frame)
        assert not any(word in answer.content for word in WORDS)
        body = answer.json()
        for name in ("request_id", "face", "quality_score"):
            body.pop(name, None)
        found.append(body)
    return found


@pytest.mark.parametrize("state", [{"failures": 5}, {"failures": 50}])
def test_a_refused_session_answers_like_a_strangers(make_api, stage, clock, state):
    """Frame by frame, and after its end."""
    api = make_api(probe_frames=3)
    api.enroll(stage, "alice", frames=1)
    usual, refused = api.authentication_token("alice"), api.authentication_token("alice")
    expected = answers(usual, *[stage.frame("mallory") for _ in range(4)])
    UserAttempts.objects.update(failed_at=timezone.now(), **state)
    assert answers(refused, *[stage.frame("alice") for _ in range(4)]) == expected
    assert [body.get("code", body.get("reason")) for body in expected] == [
        "undecided",
        "undecided",
        "no_match",
        "session_finished",
    ]
    reason = "verification_delayed" if state["failures"] == 5 else "user_locked"
    assert api.session(refused).json()["reason"] == reason
    problem(api.post_frame(refused, stage.frame()), 409, "session_finished")
    assert api.post_frame(refused, stage.frame()).json()["reason"] == reason
