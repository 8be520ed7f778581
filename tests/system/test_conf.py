"""A client's policy: the defaults with valid overrides only."""

import json

import pytest

from faceplatform.conf import CapturePolicy, capture_policy
from faceplatform.errors import ConfigurationError


def test_the_defaults():
    policy = capture_policy({})
    assert policy == CapturePolicy()
    assert (policy.target_samples, policy.probe_frames, policy.session_seconds) == (3, 3, 600)
    assert (policy.duplicate_face, policy.liveness, policy.keep_images) == ("refuse", "off", False)
    assert policy.false_match_rate == 1e-4


def test_overrides_change_what_they_name():
    policy = capture_policy({"target_samples": 5, "quality": {"pose": 0.5}})
    assert policy.target_samples == 5
    assert policy.quality.pose == 0.5
    assert policy.quality.sharpness == CapturePolicy().quality.sharpness
    assert policy.probe_frames == 3


def test_it_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        capture_policy({}).liveness = "passive"


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        ({"livenes": "off"}, "livenes"),
        ({"quality": {"blur": 1}}, "quality.blur"),
        ({"LIVENESS": "off"}, "LIVENESS"),
        ({"": 1}, ""),
        ({"liveness": "on"}, "liveness"),
        ({"liveness": None}, "liveness"),
        ({"liveness": True}, "liveness"),
        ({"duplicate_face": "ignore"}, "duplicate_face"),
        ({"target_samples": "three"}, "target_samples"),
        ({"target_samples": 2.5}, "target_samples"),
        ({"target_samples": []}, "target_samples"),
        ({"quality": []}, "quality"),
        ({"quality": None}, "quality"),
        ({"keep_images": "perhaps"}, "keep_images"),
        ({"keep_images": "yes"}, "keep_images"),
        ({"keep_images": 1}, "keep_images"),
        ({"target_samples": True}, "target_samples"),
        ({"target_samples": "5"}, "target_samples"),
        ({"target_samples": 5.0}, "target_samples"),
        ({"false_match_rate": "0.001"}, "false_match_rate"),
        ({"quality": {"pose": True}}, "quality.pose"),
        ({"quality": {"pose": "0.5"}}, "quality.pose"),
        ({"false_match_rate": "NaN"}, "false_match_rate"),
        ({"false_match_rate": float("nan")}, "false_match_rate"),
        ({"quality": {"pose": float("inf")}}, "quality.pose"),
        ([], "policy"),
        ("off", "policy"),
    ],
)
def test_what_is_not_understood_is_named(overrides, named):
    with pytest.raises(ConfigurationError) as caught:
        capture_policy(overrides)
    assert f"{named}:" in caught.value.detail


@pytest.mark.parametrize(
    ("overrides", "meant"),
    [
        ({"livenes": "off"}, "liveness"),
        ({"max_spof_frames": 2}, "max_spoof_frames"),
        ({"quality": {"sharpnes": 1}}, "sharpness"),
        ({"pose": 0.5}, None),
        ({"LIVENESS": "off"}, None),
    ],
)
def test_a_mistyped_key_names_the_one_that_was_meant(overrides, meant):
    with pytest.raises(ConfigurationError) as caught:
        capture_policy(overrides)
    assert ("did you mean" in caught.value.detail) is (meant is not None)
    assert meant is None or caught.value.detail.endswith(f"; did you mean {meant}?")


BOUNDS = [
    ("target_samples", 1, 10),
    ("probe_frames", 1, 10),
    ("max_enrollment_frames", 1, 500),
    ("max_authentication_frames", 1, 500),
    ("max_spoof_frames", 1, 50),
    ("live_frames_after_spoof", 1, 10),
    ("replay_days", 1, 365),
    ("analytics_days", 31, 3660),
    ("session_seconds", 30, 3600),
]


@pytest.mark.parametrize(("name", "least", "most"), BOUNDS)
def test_bounds(name, least, most):
    for value in (least, most):
        assert getattr(capture_policy({name: value}), name) == value
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigurationError, match=name):
            capture_policy({name: value})


@pytest.mark.parametrize("value", [0, -0.1, 1, 1.5])
def test_the_rate_lies_between_none_and_all(value):
    with pytest.raises(ConfigurationError, match="false_match_rate"):
        capture_policy({"false_match_rate": value})


@pytest.mark.parametrize("value", [-0.01, 1.01])
def test_quality_limits_are_shares(value):
    with pytest.raises(ConfigurationError, match=r"quality\.sharpness"):
        capture_policy({"quality": {"sharpness": value}})


@pytest.mark.parametrize(
    "overrides",
    [
        {"min_target_samples": 4},
        {"max_target_samples": 2},
        {"target_samples": 2, "min_target_samples": 3},
        {"target_samples": 5, "max_target_samples": 4},
        {"min_target_samples": 5, "max_target_samples": 4, "target_samples": 5},
    ],
)
def test_bounds_that_are_out_of_order(overrides):
    with pytest.raises(ConfigurationError, match="target_samples must lie between"):
        capture_policy(overrides)


def test_every_fault_is_named_at_once():
    with pytest.raises(ConfigurationError) as caught:
        capture_policy({"liveness": "on", "probe_frames": 0})
    assert "liveness" in caught.value.detail
    assert "probe_frames" in caught.value.detail


@pytest.mark.parametrize("form", [dict, lambda dumped: json.loads(json.dumps(dumped))])
def test_a_policy_survives_being_stored(form):
    policy = capture_policy({"quality": {"pose": 0.5}, "liveness": "passive"})
    assert capture_policy(form(policy.model_dump())) == policy


def test_a_whole_number_is_a_number():
    assert capture_policy(json.loads('{"quality": {"pose": 1, "size": 0}}')).quality.pose == 1.0
