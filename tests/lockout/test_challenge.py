"""No fishing for prompts: a session is an attempt once its challenge has asked for a gesture."""

import pytest

from authentication.models import AuthenticationSession
from clients.models import AddressAttempts, UserAttempts
from faceplatform.liveness.challenge import NEUTRAL_FRAMES
from faceplatform.sessions.ending import expire_overdue
from tests.sessions.challenged import Camera, Clock
from tests.stage import problem, quality

pytestmark = pytest.mark.django_db

FREE = 10  # failures with a liveness check


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def api(make_api, stage):
    made = make_api(camera_liveness="challenge", probe_frames=1)
    made.enroll(stage, "alice", frames=1)
    return made


@pytest.fixture
def camera(api, stage, time):
    """Return a factory of cameras, each at a new authentication."""

    def at(user_id: str | None = "alice") -> Camera:
        opened = api.open_authentication(user_id, session_type="webcam")
        assert opened.status_code == 201, opened.content
        return Camera(api, stage, time, opened.json())

    return at


@pytest.fixture
def give_up(api, clock):
    """Return a function that leaves a session in one of the ways."""

    def leave(way: str, token: str) -> None:
        if way == "cancelled":
            assert api.cancel(token).status_code == 200
            return
        clock(3600)
        if way == "called after its time":
            problem(api.post_frame(token, b"x"), 410, "session_expired")
        else:
            assert expire_overdue() == 1

    return leave


WAYS = ["cancelled", "called after its time", "left in silence"]


def counts(rows=UserAttempts.objects) -> list[tuple[int, int]]:
    return list(rows.values_list("failures", "pending"))


@pytest.mark.parametrize("way", WAYS)
def test_a_session_given_up_after_its_first_gesture_was_told_is_a_failure(camera, give_up, way):
    user = camera()
    user.be_asked()
    assert counts() == [(0, 1)]
    give_up(way, user.token)
    assert counts() == [(1, 0)]


@pytest.mark.parametrize("way", WAYS)
def test_before_that_it_counts_nothing(camera, give_up, way):
    user = camera()
    user.show()
    assert user.asked == "look_straight"
    give_up(way, user.token)
    assert counts() == []


def test_a_session_that_runs_out_of_frames_is_a_failure(camera):
    user = camera()
    user.be_asked()
    AuthenticationSession.objects.update(frames_received=1000)
    assert user.show(quality=quality(sharpness=0.1))["reason"] == "frame_limit"
    assert counts() == [(1, 0)]


def test_a_pass_resets_the_count(api, camera):
    user = camera()
    user.be_asked()
    api.cancel(user.token)
    assert camera().follow()["result"] == "success"
    assert counts() == [(0, 0)]


def test_whoever_waits_for_the_right_gesture_is_delayed(api, camera):
    for _ in range(FREE):
        user = camera()
        user.be_asked()
        api.cancel(user.token)
    problem(api.open_authentication("alice", session_type="webcam"), 429, "verification_delayed")


def test_sessions_at_the_same_time_tell_no_more_gestures_than_may_fail(api, camera):
    cameras = [camera() for _ in range(FREE + 1)]
    for user in cameras[:FREE]:
        user.be_asked()
    user = cameras[FREE]
    for _ in range(NEUTRAL_FRAMES):
        user.show()
    assert (user.answer["reason"], user.answer["result"]) == ("verification_delayed", "failure")
    assert user.answer["challenge"]["code"] is None
    assert api.session(user.token).json()["challenge"]["code"] is None
    assert counts() == [(0, FREE)]


def test_an_identification_counts_for_its_address(api, camera):
    user = camera(None)
    user.be_asked()
    assert counts(AddressAttempts.objects) == [(0, 1)]
    api.cancel(user.token)
    assert counts(AddressAttempts.objects) == [(1, 0)]
    assert counts() == []
