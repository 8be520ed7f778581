"""The checks that a session must pass: every source can only add."""

import pytest

from faceplatform.conf import CapturePolicy
from faceplatform.liveness.methods import methods_of, policy_of_session, union


@pytest.mark.parametrize(
    ("words", "together"),
    [
        ((), "off"),
        (("off", "off"), "off"),
        (("off", "challenge"), "challenge"),
        (("challenge", "passive"), "passive+challenge"),
        (("passive+challenge", "off"), "passive+challenge"),
    ],
)
def test_a_union(words, together):
    assert union(*words) == together


def test_the_methods_in_a_word():
    assert methods_of("off") == ()
    assert methods_of("passive+challenge") == ("passive", "challenge")


@pytest.mark.parametrize(
    ("liveness", "of_cameras", "at_camera", "asked", "required"),
    [
        ("off", "challenge", True, "off", "challenge"),
        ("off", "challenge", False, "off", "off"),
        ("passive", "challenge", True, "off", "passive+challenge"),
        ("passive", "off", False, "challenge", "passive+challenge"),
        ("passive+challenge", "off", False, "passive", "passive+challenge"),
    ],
)
def test_what_one_session_must_pass(liveness, of_cameras, at_camera, asked, required):
    policy = CapturePolicy(liveness=liveness, camera_liveness=of_cameras)
    of_session = policy_of_session(policy, at_camera=at_camera, asked=asked)
    assert of_session.liveness == required
