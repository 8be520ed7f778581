"""Policy `challenge`: gestures on demand, by the person who is matched, or no session succeeds."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authentication.models import AuthenticationSession
from clients.models.lockout import UserAttempts
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.engine.testing import SPOOF
from faceplatform.liveness import challenge
from faceplatform.sessions import challenges
from tests.sessions.challenged import ANOTHER, SHOWN, Camera, Clock
from tests.stage import browser, problem, upload

pytestmark = pytest.mark.django_db


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def api(make_api):
    return make_api(camera_liveness="challenge", probe_frames=2, challenge_max_faults=3)


@pytest.fixture
def camera(api, stage, time):
    """Return a factory of cameras, each at a new session: an enrollment, or a verification."""

    def at(kind: str = "enrollment", recorded=None, **fields) -> Camera:
        opened = getattr(api, f"open_{kind}")("alice", **{"session_type": "webcam", **fields})
        assert opened.status_code == 201, opened.content
        return Camera(api, stage, time, opened.json(), recorded)

    return at


def test_an_enrollment_and_a_verification_by_one_who_follows(api, camera, ended):
    enrolling = camera(target_samples=3)
    assert enrolling.answer["liveness_methods"] == ["challenge"]
    steps = len(challenges.of(EnrollmentSession.objects.get()).steps)
    answer = enrolling.follow()
    assert answer["enrollment_complete"] is answer["liveness_verified"] is True
    assert answer["challenge"] == {
        "status": "passed",
        "code": None,
        "instruction": None,
        "steps_done": steps,
        "steps_total": steps,
        "seconds_left": None,
    }
    template = FaceTemplate.objects.get()
    assert (template.sample_count, template.liveness_verified) == (3, True)
    answer = camera("authentication").follow()
    assert (answer["result"], answer["liveness_verified"]) == ("success", True)
    status = api.session(camera("authentication").token).json()
    assert (status["liveness_methods"], status["liveness_verified"]) == (["challenge"], False)
    assert status["challenge"]["status"] == "running"
    assert [event.liveness_verified for event in ended] == [True, True]


def test_only_the_current_step_is_told(camera):
    user = camera(language="fr")
    stored = EnrollmentSession.objects.get().liveness_state["challenge"]["steps"]
    assert user.answer["challenge"] == {
        "status": "running",
        "code": "look_straight",
        "instruction": "Regardez droit vers la caméra.",
        "steps_done": 0,
        "steps_total": len(stored),
        "seconds_left": None,
    }
    user.be_asked()
    assert (user.asked, user.answer["challenge"]["seconds_left"]) == (stored[0], 10)
    others = {"turn_left", "turn_right", "look_up", "look_down", "open_mouth", "blink"}
    told = str(user.answer)
    assert not any(code in told for code in others - {stored[0]})


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("de-CH,de;q=0.9", "Schauen Sie gerade in die Kamera."),
        ("ja, id;q=0.5", "Lihat lurus ke kamera."),
        ("x" * 600, "Look straight at the camera."),
    ],
)
def test_the_instruction_is_in_the_callers_language(api, camera, header, text):
    api.also_send(HTTP_ACCEPT_LANGUAGE=header)
    assert camera().answer["challenge"]["instruction"] == text


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_a_face_that_makes_no_gesture_is_never_decided_on(api, stage, camera, kind):
    api.enroll(stage)
    user = camera(kind)
    for _ in range(12):
        answer = user.show(after=0.5)
    assert answer["requires_more_frames"] is True
    assert answer["liveness_verified"] is False
    assert answer["reason"] == "gesture_awaited"
    assert answer.get("result") is answer.get("matched_user") is None
    assert answer.get("similarity_score") is None
    assert answer["samples_collected"] == (2 if kind == "enrollment" else 1)


def test_a_still_photo_fails_by_its_faults(api, stage, camera):
    api.enroll(stage)
    user = camera("authentication")
    while user.answer["challenge"]["status"] == "running":
        answer = user.show(after=4)
    assert (answer["reason"], answer["result"]) == ("liveness_failed", "failure")


def test_the_time_goes_on_while_frames_are_refused(api, stage, camera):
    """Such as those of a recording that was shown before."""
    user = camera()
    user.be_asked()
    answers = [user.show(faces=0, after=11) for _ in range(3)]
    assert [answer["reason"] for answer in answers] == ["no_face", "no_face", "liveness_failed"]


def test_the_wrong_gesture_is_followed_by_another(api, stage, camera):
    api.enroll(stage)
    user = camera("authentication")
    asked = [user.be_asked()]
    steps = user.answer["challenge"]["steps_total"]
    for fault in ("gesture_wrong", "gesture_wrong", "liveness_failed"):
        answer = user.show(ANOTHER[asked[-1]])
        assert answer["reason"] == fault
        assert answer["frame_accepted"] is False
        if fault == "gesture_wrong":
            assert answer["challenge"]["steps_total"] == steps + len(asked)
            asked.append(user.be_asked())
    assert (answer["session_status"], answer["result"]) == ("completed", "failure")
    assert answer["challenge"]["status"] == "failed"
    stored = AuthenticationSession.objects.get().liveness_state["challenge"]
    assert stored["faults"] == 3


@pytest.mark.parametrize(
    ("after", "reason"),
    [(0.1, "gesture_early"), (0.3, "gesture_seen"), (10.0, "gesture_seen"), (10.5, "gesture_late")],
)
def test_a_gesture_has_its_time(camera, after, reason):
    user = camera()
    assert user.show(user.be_asked(), after=after)["reason"] == reason


def test_a_gesture_before_its_prompt_leads_nowhere(camera):
    """A recording of every gesture, in whatever order, is shown to a session that asks none."""
    user = camera()
    for gesture in ("turn_left", "look_up", "open_mouth", "blink"):
        answer = user.show(gesture)
        assert answer["challenge"]["steps_done"] == 0
    assert answer["challenge"]["code"] == "look_straight"


def test_another_persons_gestures_do_not_count_for_the_face_that_is_matched(api, stage, camera):
    api.enroll(stage)
    user = camera("authentication")
    gesture = user.be_asked(person="alice")
    for _ in range(9):
        answer = user.show(gesture, person="mallory", after=0.1)
        assert (answer["reason"], answer["challenge"]["steps_done"]) == ("different_person", 0)
    answer = user.show(gesture, person="mallory", after=0.1)
    assert (answer["reason"], answer["result"]) == ("liveness_failed", "failure")


def test_a_photograph_swapped_in_after_the_gestures_is_refused(api, stage, camera):
    api.enroll(stage)
    user = camera("authentication")
    while user.answer["challenge"]["steps_done"] < user.answer["challenge"]["steps_total"]:
        user.show(user.asked, person="mallory")
    answer = user.show(person="alice")
    assert (answer["reason"], answer["result"]) == ("different_person", None)
    answer = user.show(person="mallory")  # passes, and is compared with Alice's template
    assert (answer["challenge"]["status"], answer["result"]) == ("passed", "failure")


def test_frames_after_the_challenge_show_the_same_face(stage, make_api, time):
    api = make_api("more", camera_liveness="challenge", probe_frames=3)
    api.enroll(stage)
    opened = api.open_authentication("alice", session_type="mobile").json()
    user = Camera(api, stage, time, opened)
    # A face whose recognition stays undecided: somebody who is not enrolled, so far.
    while user.answer["challenge"]["steps_done"] < user.answer["challenge"]["steps_total"]:
        user.show(user.asked, person="mallory")
    user.show(person="alice")
    assert user.answer["reason"] == "different_person"


def test_a_recording_of_an_earlier_session_passes_no_second_time(
    api, stage, camera, time, monkeypatch
):
    """Not even if the same gestures are drawn again, and each frame is shown when it is asked."""
    drawn = challenge.draw(api.client.capture_policy)
    monkeypatch.setattr(challenge, "draw", lambda policy: drawn)
    api.enroll(stage)
    first = camera("authentication", recorded := [])
    assert first.follow()["result"] == "success"
    second = camera("authentication")
    reasons = []
    for frame in recorded * 2:
        time.now += 1
        answer = api.post_frame(second.token, frame).json()
        reasons.append(answer["reason"])
        assert answer["challenge"]["steps_done"] == 0
        if not answer["requires_more_frames"]:
            break
    assert answer["result"] != "success"
    assert set(reasons[: len(recorded)]) <= {"frame_repeated", "gesture_awaited"}
    assert "frame_looped" in reasons[len(recorded) :]  # shown again and again


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        ({"faces": 2}, "multiple_faces"),
        ({"faces": 0}, "no_face"),
        ({"presence": 0.9}, "face_unclear"),
    ],
)
def test_a_gesture_must_show_one_clear_face(camera, shown, reason):
    user = camera()
    gesture = user.be_asked()
    answer = user.show(gesture, **shown)
    assert (answer["reason"], answer["challenge"]["steps_done"]) == (reason, 0)
    assert user.show(gesture)["reason"] == "gesture_seen"


def test_failed_challenges_lock_the_user(api, stage, camera, settings):
    settings.FACEPLATFORM_LOCKOUT_TOTAL_LIVENESS = 2
    api.enroll(stage)
    for failures in (1, 2):
        user = camera("authentication")
        while user.answer["challenge"]["status"] == "running":
            user.show(ANOTHER[user.be_asked()])
        assert UserAttempts.objects.get().failures == failures
    problem(api.open_authentication("alice", session_type="webcam"), 423, "user_locked")


def test_a_session_given_up_after_a_wrong_gesture_counts_as_an_attempt(api, stage, camera):
    api.enroll(stage)
    user = camera("authentication")
    user.show(ANOTHER[user.be_asked()])
    api.cancel(user.token)
    assert UserAttempts.objects.get().failures == 1


@pytest.mark.parametrize(
    ("fields", "methods"),
    [
        ({"session_type": "api"}, []),
        ({"session_type": "mobile"}, ["challenge"]),
        ({"session_type": "api", "liveness": "challenge"}, ["challenge"]),
        ({"session_type": "webcam", "liveness": "passive+challenge"}, ["passive", "challenge"]),
    ],
)
def test_an_opening_may_ask_for_more(api, stage, fields, methods):
    body = api.open_enrollment("alice", **fields).json()
    assert body["liveness_methods"] == methods
    assert (body["challenge"] is None) == ("challenge" not in methods)


def test_a_browser_follows_in_an_identification(api, stage, camera, time):
    """With the session's token alone it is told the step and the result, and no score."""
    api.enroll(stage)
    answer = api.open_authentication(session_type="mobile").json()
    page = browser(answer["session_token"])
    while answer["challenge"]["status"] == "running":
        time.now += 1
        data = stage.frame("alice", **SHOWN[answer["challenge"]["code"]])
        body = {"image": upload(data)}
        answer = page.post("/api/auth/sessions/current/frames/", body, format="multipart").json()
        assert answer["similarity_score"] is answer["liveness_score"] is None
    assert (answer["result"], answer["matched_user"]) == ("success", {"user_id": "alice"})


@pytest.mark.parametrize("asked", ["off", "passive"])
@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_an_opening_that_asks_for_less_is_refused(api, stage, kind, asked):
    api.enroll(stage)
    opened = getattr(api, f"open_{kind}")("alice", session_type="webcam", liveness=asked)
    problem(opened, 400, "liveness_below_policy")


def test_a_challenge_needs_no_frames_of_the_sessions_own_limit(stage, make_api, time):
    api = make_api("short", camera_liveness="challenge", max_enrollment_frames=2)
    opened = api.open_enrollment("alice", session_type="webcam", target_samples=1).json()
    answer = Camera(api, stage, time, opened).follow()
    assert answer["enrollment_complete"] is True


def test_a_suspected_spoof_begins_the_challenge_again(stage, make_api, time):
    api = make_api("both", liveness="passive+challenge")
    user = Camera(api, stage, time, api.open_enrollment("alice").json())
    user.show(user.be_asked())
    answer = user.show(liveness=SPOOF)
    assert (answer["reason"], answer["samples_collected"]) == ("spoof_suspected", 0)
    assert answer["challenge"]["steps_done"] == 0
    answer = user.follow()
    assert answer["challenge"]["status"] == "passed"
    while answer["requires_more_frames"]:
        answer = user.show()
    assert answer["enrollment_complete"] is answer["liveness_verified"] is True


def test_the_challenge_costs_no_statement_more(stage, make_api, time):
    """Its state travels with the session's row."""
    counts = []
    for name, policy in (("off", {}), ("on", {"camera_liveness": "challenge"})):
        api = make_api(name, replayed_frame="refuse", **policy)
        user = Camera(api, stage, time, api.open_enrollment("alice", session_type="webcam").json())
        user.show()
        with CaptureQueriesContext(connection) as captured:
            user.show()
        counts.append(len(captured))
    assert counts[0] == counts[1]
