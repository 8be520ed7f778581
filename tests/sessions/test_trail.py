"""Frames that do not go with those before them: stills, loops and numbers that contradict."""

import json

import pytest

from audit import counting
from audit.models import SecurityEvent
from authentication.models import AuthenticationSession
from enrollment.models import EnrollmentSession
from faceplatform.liveness.ordering import HIGHEST
from tests.sessions.challenged import Camera, Clock
from tests.stage import browser, noise, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def post(stage, time):
    """Post frames to a session, with a pause before each; return the reasons."""

    def post(api, token, frames, *, pace=1.0, numbers=None) -> list[str]:
        reasons = []
        for place, data in enumerate(frames):
            time.now += pace
            fields = {} if numbers is None else {"frame_number": numbers[place]}
            reasons.append(api.post_frame(token, data, **fields).json()["reason"])
        return reasons

    return post


# A still ------------------------------------------------------------------------------------


def test_a_still_that_is_held_is_a_suspicion_and_fails_the_session(make_api, stage, post, ended):
    api = make_api(liveness="passive", max_spoof_frames=2)
    token = api.enrollment_token(target_samples=8)
    # Moved and lit in other ways: the image differs, the face does not.
    reasons = post(api, token, [stage.frame(sample=1) for _ in range(4)])
    assert reasons == ["accepted"] * 3 + ["face_still"]
    session = EnrollmentSession.objects.get()
    assert (session.spoof_frames, session.samples_collected) == (1, 0)
    reasons = post(api, token, [stage.frame(sample=1) for _ in range(4)])
    assert reasons == ["accepted"] * 3 + ["liveness_failed"]
    assert (ended[-1].reason, ended[-1].spoof_frames) == ("liveness_failed", 2)


@pytest.mark.parametrize(
    ("policy", "sample", "pace"),
    [
        ({"liveness": "passive"}, None, 1.0),  # a living face
        ({"liveness": "passive"}, 1, 0.2),  # for a moment
        ({}, 1, 1.0),
    ],
)
def test_no_alarm(make_api, stage, post, policy, sample, pace):
    api = make_api(**policy)
    token = api.enrollment_token(target_samples=8)
    frames = [stage.frame(**({"sample": sample} if sample else {})) for _ in range(7)]
    assert post(api, token, frames, pace=pace) == ["accepted"] * 7


def test_a_photo_that_waits_for_its_gesture_is_a_still(make_api, stage, time):
    api = make_api(camera_liveness="challenge")
    user = Camera(api, stage, time, api.open_enrollment(session_type="webcam").json())
    reasons = [user.show(sample=1)["reason"] for _ in range(4)]
    assert reasons[-1] == "face_still"
    assert user.answer["challenge"]["code"] == "look_straight"  # it begins again
    # Nor does it come back after a gesture, when no further sample is taken.
    gesture = user.be_asked(sample=2)
    assert user.show(gesture)["reason"] == "gesture_seen"
    reasons = [user.show(gesture, sample=2)["reason"] for _ in range(4)]
    assert "face_still" in reasons


# A loop -------------------------------------------------------------------------------------


@pytest.mark.parametrize("shown", [{}, {"faces": 0}])
def test_a_loop_is_a_suspicion_with_or_without_faces_to_match(make_api, stage, post, shown):
    api = make_api(liveness="passive")
    token = api.enrollment_token(target_samples=10)
    clip = [stage.frame(**shown) for _ in range(6)]
    reasons = post(api, token, clip * 2, pace=0.2)
    refused = "no_face" if shown else "frame_repeated"
    assert reasons[6:11] == [refused] * 4 + ["frame_looped"]
    assert EnrollmentSession.objects.get().spoof_frames == 2
    # Where no check of liveness is on, nothing is kept of frames.
    plain = make_api("plain")
    token = plain.enrollment_token(target_samples=10)
    assert "frame_looped" not in post(plain, token, clip * 2)
    assert EnrollmentSession.objects.latest("created_at").liveness_state is None


def test_the_trail_tells_nothing_and_goes_with_the_session(make_api, stage, post):
    api = make_api(liveness="passive")
    tokens = [api.enrollment_token(user, target_samples=2) for user in ("alice", "bob")]
    data = noise(900)
    stage.show(data, person="alice", faces=0)
    for token in tokens:
        post(api, token, [data], numbers=[1])
    states = [s.liveness_state["trail"]["images"] for s in EnrollmentSession.objects.all()]
    assert states[0] != states[1]  # the code of one image, in two sessions
    # However many frames there are, the row stays small.
    post(api, tokens[0], [stage.frame(faces=0) for _ in range(45)], numbers=range(2, 47))
    session = EnrollmentSession.objects.get(subject__user_id="alice")
    assert len(json.dumps(session.liveness_state)) < 6000
    api.cancel(tokens[0])
    session.refresh_from_db()
    assert session.liveness_state is None


# Numbers ------------------------------------------------------------------------------------


def test_a_page_that_is_loaded_again_goes_on_with_its_numbers(make_api, stage, post):
    """If it began again, its numbers would contradict those before; each answer tells the next."""
    api = make_api(liveness="passive")
    token = api.enrollment_token(target_samples=8)
    assert "next_frame_number" not in api.post_frame(token, stage.frame()).json()
    post(api, token, [stage.frame() for _ in range(3)], numbers=[19, 20, 18])
    assert post(api, token, [stage.frame()], numbers=[0]) == ["frame_order"]
    body = {"image": upload(stage.frame())}
    answer = (
        browser(token).post("/api/auth/sessions/current/frames/", body, format="multipart").json()
    )
    assert (answer["reason"], answer["next_frame_number"]) == ("accepted", 21)
    assert post(api, token, [stage.frame()], numbers=[21]) == ["accepted"]


@pytest.mark.parametrize("number", [0, HIGHEST - 1])
def test_the_next_number_that_is_told_is_taken(make_api, stage, number):
    api = make_api(liveness="passive")
    token = api.enrollment_token(target_samples=8)
    told = api.post_frame(token, stage.frame(), frame_number=number).json()["next_frame_number"]
    answer = api.post_frame(token, stage.frame(), frame_number=told)
    assert (answer.status_code, answer.json()["reason"]) == (200, "accepted")


def test_after_the_highest_number_there_is_none(make_api, stage):
    """A frame without a number is always taken."""
    api = make_api(liveness="passive")
    token = api.enrollment_token(target_samples=8)
    for fields in ({"frame_number": HIGHEST}, {}):
        answer = api.post_frame(token, stage.frame(), **fields).json()
        assert answer["reason"] == "accepted"
        assert "next_frame_number" not in answer


def counted() -> dict[str, int]:
    counting.flush()
    return dict(SecurityEvent.objects.values_list("kind", "count"))


@pytest.mark.parametrize(
    ("policy", "numbers", "refused"),
    [
        ({"liveness": "passive"}, [1, 2, 3, 2, 4], [3]),
        ({"liveness": "passive"}, [20, 5, 21], [1]),
        ({"liveness": "passive"}, [2, 1, 4, 3, 90], []),  # several at once; some left out
        ({}, [1, 1, 1, 0], []),
    ],
)
def test_numbers_that_contradict_each_other(
    make_api, stage, post, django_capture_on_commit_callbacks, policy, numbers, refused
):
    api = make_api(**policy)
    token = api.enrollment_token(target_samples=8)
    frames = [stage.frame() for _ in numbers]
    with django_capture_on_commit_callbacks(execute=True):
        reasons = post(api, token, frames, numbers=numbers)
    assert [place for place, reason in enumerate(reasons) if reason != "accepted"] == refused
    assert {reasons[place] for place in refused} <= {"frame_order"}
    # A fault of a program, perhaps: an event, but no suspicion against the person.
    assert EnrollmentSession.objects.get().spoof_frames == 0
    assert counted().get("frame_order", 0) == len(refused)


def test_a_call_that_is_made_again_is_no_contradiction(make_api, stage, post):
    api = make_api(liveness="passive")
    frame = stage.frame()
    token = api.enrollment_token(target_samples=8)
    assert post(api, token, [frame, frame], numbers=[1, 1]) == ["accepted", "frame_repeated"]


# Recordings of earlier sessions -------------------------------------------------------------


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
@pytest.mark.parametrize("later", ["enrollment", "authentication"])
def test_the_recording_of_a_challenge_passes_in_no_later_session(
    make_api, stage, time, post, django_capture_on_commit_callbacks, kind, later
):
    api = make_api(camera_liveness="challenge")
    recorded: list[bytes] = []
    if kind == "authentication":
        api.enroll(stage)
    with django_capture_on_commit_callbacks(execute=True):
        opened = getattr(api, f"open_{kind}")("alice", session_type="webcam").json()
        answer = Camera(api, stage, time, opened, recorded).follow()
        assert answer["liveness_verified"] is True, answer
        opened = getattr(api, f"open_{later}")("alice", session_type="webcam").json()
        reasons = post(api, opened["session_token"], recorded)
    session = (EnrollmentSession if later == "enrollment" else AuthenticationSession).objects
    latest = session.latest("created_at")
    assert reasons[0] == "frame_repeated"
    assert (latest.frames_accepted < len(recorded), latest.is_open) == (True, True)
    assert not {"gesture_seen", "challenge_passed", "enrolled", "matched"} & set(reasons)
    assert counted()["frame_repeated"] > 0
