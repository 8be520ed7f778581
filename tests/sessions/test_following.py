"""Frames of streams and clips in sessions with a challenge: no followed face is ever matched."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from faceplatform.api import streams
from faceplatform.engine import registry
from faceplatform.engine import testing as fake
from faceplatform.engine.stages.tracking import LOOK_EVERY_UNMATCHED
from faceplatform.engine.testing import FakeEngine
from faceplatform.engine.types import Following, Frame, FrameAnalysis, Track, Wants
from tests.sessions import clips
from tests.sessions.challenged import SHOWN, Camera, Clock
from tests.stage import Api, quality, upload

pytestmark = pytest.mark.django_db


class FollowingEngine(FakeEngine):
    """Follows the face wherever the caller says that no frame is to be matched.

    Attributes:
        look_every: a detector looks at one in so many of these frames.
        meanwhile: called once, while the next frame is measured.
    """

    look_every = 1000
    meanwhile: Callable[[], object] | None = None

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        analysis = super().analyze(frame, wants=wants, following=following)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        age = 0
        if following is not None and following.match_from is None:
            age = ((following.track.age if following.track else 0) + 1) % self.look_every
        return replace(analysis, track=Track(analysis.boxes[0], 1, 1, 1, 0.0, 128, 128, age))


class OneViewEngine(FollowingEngine):
    """Embeds a face that is only followed from one view: no frame of a still is like the samples,
    which are embedded from two."""

    look_every = LOOK_EVERY_UNMATCHED

    def analyze(
        self, frame: Frame, *, wants: Wants, following: Following | None = None
    ) -> FrameAnalysis:
        analysis = super().analyze(frame, wants=wants, following=following)
        if not analysis.is_followed or analysis.face is None:
            return analysis
        one_view = replace(analysis.face, embedding=fake.embedding("alice", len(self.calls)))
        return replace(analysis, face=one_view)


@pytest.fixture
def time(monkeypatch):
    return Clock(monkeypatch)


def camera(api, stage, time, kind: str, **fields) -> Camera:
    opened = getattr(api, f"open_{kind}")("alice", session_type="webcam", **fields).json()
    return Camera(api, stage, time, opened)


def film(*shown: dict[str, Any]) -> None:
    """Have the frames of the next clip show this, in order."""
    frames = iter(shown)

    def script(frame: Frame, wants: Wants) -> FrameAnalysis:
        number = 100 + len(engine.calls)
        # Each frame has another fingerprint, as those of a moving face have.
        object.__setattr__(frame, "fingerprint", np.random.default_rng(number).bytes(32))
        return fake.analysis(sample=number, **next(frames))

    engine = FakeEngine(script)
    registry.set_engine(engine)


def post_clip(api: Api, user: Camera, data: bytes) -> dict[str, Any]:
    body = {"session_token": user.token, "video": upload(data)}
    answer = api.http.post("/api/auth/process-image/", body, format="multipart").json()
    assert answer["clip"]["frames_chosen"] == 16
    return dict(answer)


@pytest.mark.parametrize(
    ("kind", "fields", "samples"),
    [("enrollment", {"target_samples": 3}, 2), ("authentication", {}, 1)],
)
def test_the_frame_after_the_challenge_decides(make_api, stage, time, kind, fields, samples):
    api = make_api(camera_liveness="challenge", probe_frames=2)
    api.enroll(stage)
    engine = FollowingEngine(stage.analyze)
    registry.set_engine(engine)
    user = camera(api, stage, time, kind, **fields)
    api.http.defaults[streams.SHARED] = {}
    answer = user.follow()
    assert answer["reason"] == "challenge_passed"
    assert answer["samples_collected"] == samples
    assert answer["requires_more_frames"] is True
    answer = user.show()
    assert answer["success"] is True
    assert answer["requires_more_frames"] is False
    assert answer["liveness_verified"] is True
    # The samples and the deciding frame were measured as if alone, the gestures were not.
    alone = [each.match_from is not None for each in engine.followed]
    assert alone == [True] * samples + [False] * (len(alone) - samples - 1) + [True]


def test_a_followed_face_is_not_matched_though_the_challenge_was_passed_meanwhile(
    make_api, stage, time
):
    """By a frame that another call posted, and that is no sample itself, as it is blurred."""
    api = make_api(camera_liveness="challenge", probe_frames=2)
    api.enroll(stage)
    engine = FollowingEngine(stage.analyze)
    registry.set_engine(engine)
    user = camera(api, stage, time, "authentication")
    api.http.defaults[streams.SHARED] = {}
    while user.answer["challenge"]["steps_done"] < user.answer["challenge"]["steps_total"]:
        user.show(user.asked)
    engine.meanwhile = lambda: user.show(quality=quality(sharpness=0.1))
    answer = user.show()
    assert engine.followed[-2].match_from is engine.followed[-1].match_from is None
    assert (answer["reason"], answer["frame_accepted"]) == ("challenge_passed", False)
    assert (answer["result"], answer["samples_collected"]) == (None, 1)
    assert user.show()["result"] == "success"


@pytest.mark.parametrize(("sample", "is_still"), [({"sample": 1}, True), ({}, False)])
def test_a_still_in_a_stream_is_seen_by_the_frames_that_a_detector_looks_at(
    make_api, stage, time, sample, is_still
):
    api = make_api(camera_liveness="challenge")
    api.enroll(stage)
    registry.set_engine(OneViewEngine(stage.analyze))
    user = camera(api, stage, time, "authentication")
    api.http.defaults[streams.SHARED] = {}
    reasons = [user.show(after=0.1, **sample)["reason"] for _ in range(4 * LOOK_EVERY_UNMATCHED)]
    assert ("face_still" in reasons) is is_still
    assert set(reasons) <= {"gesture_awaited", "face_still"}


def test_with_the_passive_check_every_good_frame_is_measured_as_if_alone(make_api, stage, time):
    api = make_api(camera_liveness="passive+challenge")
    engine = FollowingEngine(stage.analyze)
    registry.set_engine(engine)
    user = camera(api, stage, time, "enrollment")
    api.http.defaults[streams.SHARED] = {}
    assert user.follow()["enrollment_complete"] is True
    assert all(each.match_from is not None for each in engine.followed)


@pytest.mark.parametrize(("after", "reason"), [(2.9, "gesture_seen"), (3.1, "gesture_late")])
def test_a_gesture_in_a_clip_is_in_time_if_the_clip_is(
    make_api, stage, time, tmp_path, after, reason
):
    """It was made at the beginning of a clip of more than a second."""
    api = make_api(camera_liveness="challenge", challenge_step_seconds=3)
    user = camera(api, stage, time, "enrollment")
    shown = [SHOWN[user.be_asked()]] * 2
    film(*shown, *[{}] * 14)
    time.now += after
    answer = post_clip(api, user, clips.brightening(tmp_path, 8))
    assert reason in answer["clip"]["reasons"]
    assert answer["challenge"]["steps_done"] == (1 if reason == "gesture_seen" else 0)


def test_no_gesture_in_a_clip_answers_a_prompt_that_came_after_it(make_api, stage, time, tmp_path):
    """A recording of somebody who looks straight and then makes each gesture leads nowhere."""
    api = make_api(camera_liveness="challenge", challenge_steps=1)
    user = camera(api, stage, time, "enrollment")
    gestures = [SHOWN[name] for name in ("turn_left", "turn_right", "look_up", "look_down")]
    film(*[{}] * 8, *gestures, *[SHOWN["open_mouth"], SHOWN["blink"]] * 2)
    answer = post_clip(api, user, clips.brightening(tmp_path, 8))
    assert answer["challenge"]["steps_done"] == 0
    assert not answer["clip"]["reasons"].keys() & {"gesture_seen", "challenge_passed"}
