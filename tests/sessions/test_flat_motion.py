"""Flat or solid: faces that turn in a challenge, seen as patches of a plane or of a head."""

import json

import numpy as np
import pytest

from authentication.models import AuthenticationSession, ProbeSample
from enrollment.models import EnrollmentSession, FaceTemplate
from faceplatform.liveness import flat_motion
from faceplatform.liveness.parallax import LIMITS
from faceplatform.sessions.motion import MOST_COMPARISONS
from tests.liveness.surfaces import HEAD, PLANE
from tests.sessions.challenged import REST, Camera, Clock, patches

pytestmark = pytest.mark.django_db

TURNS = {"turn_left", "turn_right", "look_up", "look_down"}
# ``lost`` cannot be followed where it is turned.
LOST = np.full_like(REST, 90)
PATCHES = {
    "head": patches(HEAD),
    "photo": patches(PLANE),
    "lost": {**patches(PLANE), **dict.fromkeys(TURNS, LOST)},
}


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def camera(stage, time):
    """Return a factory of cameras at a new session of the alice of an API."""

    def at(api, kind="enrollment", **fields) -> Camera:
        opened = getattr(api, f"open_{kind}")("alice", **{"session_type": "webcam", **fields})
        assert opened.status_code == 201, opened.content
        return Camera(api, stage, time, opened.json())

    return at


def follow(user: Camera, surface: str, *, until="") -> dict:
    """Do what is asked, on a surface, until the challenge is over or a reason is given."""
    while user.answer["challenge"]["status"] == "running":
        user.show(user.asked, patch=PATCHES[surface][user.asked])
        if user.answer["reason"] == until:
            break
    return user.answer


def test_a_head_passes_and_its_template_is_live(make_api, camera):
    api = make_api(camera_liveness="challenge", challenge_motion=True, target_samples=3)
    answer = follow(camera(api), "head")
    assert answer["enrollment_complete"] is answer["liveness_verified"] is True
    assert FaceTemplate.objects.get().liveness_verified is True


def test_a_flat_photo_that_makes_every_gesture_is_refused(make_api, camera, stage, ended):
    api = make_api(camera_liveness="challenge", challenge_motion=True, max_spoof_frames=2)
    api.enroll(stage)
    user = camera(api, "authentication")
    answer = follow(user, "photo", until="flat_motion")
    assert (answer["reason"], answer["requires_more_frames"]) == ("flat_motion", True)
    # All begins again: another challenge, and other frames to match.
    assert (answer["challenge"]["code"], answer["samples_collected"]) == ("look_straight", 0)
    session = AuthenticationSession.objects.get()
    assert (session.spoof_frames, session.liveness_state["motion"]) == (1, [])
    answer = follow(user, "photo")
    assert (answer["result"], answer["reason"]) == ("failure", "liveness_failed")
    assert (answer["liveness_verified"], answer["similarity_score"]) == (False, None)
    assert ended[-1].reason == "liveness_failed"
    # What raises the security event `spoof_suspected`, and counts for the lockout.
    assert AuthenticationSession.objects.get().spoof_frames == 2


def test_a_head_passes_after_a_flat_verdict_with_frames_of_its_own(make_api, camera):
    api = make_api(
        camera_liveness="challenge", challenge_motion=True, target_samples=3, max_spoof_frames=2
    )
    user = camera(api)
    assert follow(user, "photo", until="flat_motion")["reason"] == "flat_motion"
    answer = follow(user, "head")
    assert (answer["reason"], answer["liveness_verified"]) == ("enrolled", True)
    assert FaceTemplate.objects.get().sample_count >= 3


@pytest.mark.parametrize("kind", ["enrollment", "authentication"])
def test_the_last_flat_verdict_fails_session_and_challenge(make_api, camera, stage, kind):
    """Its gestures were all made, but by a photograph."""
    api = make_api(camera_liveness="challenge", max_spoof_frames=1)
    api.enroll(stage)
    user = camera(api, kind)
    answer = follow(user, "photo")
    assert (answer["reason"], answer["liveness_verified"]) == ("liveness_failed", False)
    assert answer["challenge"]["status"] == "failed"
    assert api.session(user.token).json()["challenge"]["status"] == "failed"


@pytest.mark.parametrize("further", [{}, {"challenge_motion": True}])
def test_a_session_whose_turns_show_nothing_fails(make_api, camera, further):
    """A photograph that is turned so far that it can hardly be followed shows nothing either."""
    api = make_api(camera_liveness="challenge", challenge_max_faults=2, target_samples=3, **further)
    user = camera(api)
    answer = follow(user, "lost", until="motion_unclear")
    assert (answer["reason"], user.asked) == ("motion_unclear", "look_straight")
    answer = follow(user, "lost")
    assert (answer["reason"], answer["liveness_verified"]) == ("liveness_failed", False)


def test_a_head_passes_after_a_turn_that_showed_nothing(make_api, camera):
    user = camera(make_api(camera_liveness="challenge", target_samples=3))
    assert follow(user, "lost", until="motion_unclear")["reason"] == "motion_unclear"
    answer = follow(user, "head")
    assert (answer["reason"], answer["liveness_verified"]) == ("enrolled", True)


def test_numbers_are_kept_up_to_a_bound_and_patches_are_sealed(make_api, camera, stage):
    api = make_api(camera_liveness="challenge", challenge_motion=True, challenge_step_seconds=60)
    api.enroll(stage)
    user = camera(api, "authentication")
    while user.be_asked(patch=PATCHES["head"]["look_straight"]) not in TURNS:
        user.show(user.asked, patch=PATCHES["head"]["look_straight"])
    code = user.asked
    for _ in range(MOST_COMPARISONS + 3):
        user.show(code, patch=PATCHES["head"][code], after=0.5)
    session, sample = AuthenticationSession.objects.get(), ProbeSample.objects.first()
    kept = session.liveness_state["motion"]
    assert len(kept) == MOST_COMPARISONS
    assert all(
        tracks >= 20 and residual**2 / motion > LIMITS.solid_from
        for tracks, motion, residual in kept
    )
    assert len(json.dumps(session.liveness_state)) < 4000
    rest = PATCHES["head"]["look_straight"]
    assert rest[80].tobytes() not in bytes(sample.patch)
    assert (sample.unseal_patch() == rest).all()


def test_a_session_compares_no_more_faces_than_it_may_take_frames(make_api, camera, monkeypatch):
    compared, compare = [], flat_motion.compare
    monkeypatch.setattr(
        flat_motion, "compare", lambda *patches: compared.append(patches) or compare(*patches)
    )
    api = make_api(
        camera_liveness="challenge",
        challenge_motion=True,
        challenge_step_seconds=60,
        max_challenge_frames=20,
        max_enrollment_frames=3,
    )
    user = camera(api, target_samples=3)
    while user.be_asked(patch=PATCHES["head"]["look_straight"]) not in TURNS:
        user.show(user.asked, patch=PATCHES["head"][user.asked])
    code = user.asked
    while user.answer.get("session_status", "pending") in {"pending", "processing"}:
        user.show(code, patch=PATCHES["head"][code], after=0.5)
    session = EnrollmentSession.objects.get()
    assert (session.reason, session.frames_received) == ("frame_limit", 23)
    assert 0 < len(compared) < session.frames_received
    counted = len(compared)
    assert user.show(code, patch=PATCHES["head"][code])["code"] == "session_finished"
    assert len(compared) == counted
