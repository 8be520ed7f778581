"""Eyes and mouth refuse a frame, with a reason of their own, once the face is surely there."""

from dataclasses import replace

import pytest

from faceplatform.conf import CapturePolicy
from faceplatform.engine import testing as fake
from faceplatform.sessions.acceptance import frame_refusal
from faceplatform.sessions.reasons import ADVICE, Reason

POLICY = CapturePolicy()


def refusal(*, presence=0.999, policy=POLICY, **measures):
    quality = replace(fake.GOOD_QUALITY, **measures)
    return frame_refusal(fake.analysis(quality=quality, presence=presence), policy)


@pytest.mark.parametrize(
    ("measures", "reason"),
    [
        ({}, None),
        ({"eyes_open": 0.6}, None),
        ({"eyes_open": 0.59}, Reason.EYES_CLOSED),
        ({"eyes_uncovered": 0.5}, None),
        ({"eyes_uncovered": 0.49}, Reason.EYES_COVERED),
        # Behind dark glasses eyes cannot be read.
        ({"eyes_uncovered": 0.1, "eyes_open": 0.1}, Reason.EYES_COVERED),
        ({"mouth_closed": 0.5}, None),
        ({"mouth_closed": 0.49}, Reason.MOUTH_OPEN),
        ({"eyes_open": 0.1, "mouth_closed": 0.1}, Reason.EYES_CLOSED),
        ({"brightness": 0.09}, Reason.TOO_DARK),
        # Other faults come first: one may be the cause of misread eyes.
        ({"eyes_open": 0.1, "sharpness": 0.1}, Reason.BLURRED),
    ],
)
def test_which_reason(measures, reason):
    assert refusal(**measures) is reason


def test_without_a_face_nothing_is_said_of_its_eyes():
    assert refusal(eyes_open=0.0, presence=0.7) is Reason.FACE_UNCLEAR


def test_a_policy_may_not_care():
    measures = {"eyes_uncovered": 0.0, "eyes_open": 0.0, "mouth_closed": 0.0}
    lenient = CapturePolicy.model_validate({"quality": measures})
    assert refusal(**measures, policy=lenient) is None


@pytest.mark.parametrize("reason", [Reason.EYES_COVERED, Reason.EYES_CLOSED, Reason.MOUTH_OPEN])
def test_there_is_advice(reason):
    assert ADVICE[reason]
