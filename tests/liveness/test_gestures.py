"""Gestures are differences from the person's own neutral frames."""

from dataclasses import replace

import pytest

from faceplatform.liveness.gestures import Appearance, Gesture, is_at_rest, shown

# Nobody's neutral is zero: this one looks aside and down a little, with the lips apart.
NEUTRAL = Appearance(yaw=6.0, pitch=-4.0, mouth_opening=0.08, eye_opening=0.28, face_size=0.2)


def moved(**by: float) -> Appearance:
    return replace(NEUTRAL, **{name: getattr(NEUTRAL, name) + d for name, d in by.items()})


@pytest.mark.parametrize(
    ("frame", "gestures"),
    [
        (NEUTRAL, set()),
        (moved(yaw=16), {Gesture.TURN_LEFT}),
        (moved(yaw=14), set()),
        (moved(yaw=-16), {Gesture.TURN_RIGHT}),
        (moved(pitch=11), {Gesture.LOOK_UP}),
        (moved(pitch=-11), {Gesture.LOOK_DOWN}),
        (moved(pitch=-11, eye_opening=-0.2), {Gesture.LOOK_DOWN}),  # lids follow the look
        (moved(yaw=20, pitch=13), set()),  # both at once is neither
        (moved(yaw=20, pitch=11), {Gesture.TURN_LEFT}),
        (moved(mouth_opening=0.3), {Gesture.OPEN_MOUTH}),
        (moved(mouth_opening=0.25), set()),  # below .35: a laugh
        (moved(mouth_opening=0.3, pitch=-12), {Gesture.OPEN_MOUTH}),  # the chin drops
        (moved(mouth_opening=0.13, pitch=-12), set()),  # as it does on the way there
        (moved(mouth_opening=0.08, pitch=-12), {Gesture.LOOK_DOWN}),
        (moved(mouth_opening=0.13, pitch=12), {Gesture.LOOK_UP}),
        (moved(eye_opening=-0.14), {Gesture.BLINK}),
        (moved(eye_opening=-0.1), set()),
        (replace(NEUTRAL, face_size=0.26), {Gesture.COME_CLOSER}),
        (replace(NEUTRAL, face_size=0.15), {Gesture.MOVE_BACK}),
        (replace(NEUTRAL, face_size=0.24), set()),
    ],
)
def test_gestures_of_a_frame(frame, gestures):
    assert shown(frame, NEUTRAL) == gestures


@pytest.mark.parametrize(
    ("frame", "rests"),
    [
        (NEUTRAL, True),
        (moved(yaw=7, pitch=-5), True),
        (moved(yaw=9), False),
        (moved(pitch=-7), False),
        (moved(mouth_opening=0.21), False),
        (moved(eye_opening=-0.08), False),
        (replace(NEUTRAL, face_size=0.5), True),  # wherever the person stands now
    ],
)
def test_a_face_at_rest(frame, rests):
    assert is_at_rest(frame, NEUTRAL) is rests
