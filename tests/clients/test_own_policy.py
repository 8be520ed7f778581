"""The rules of a client's own policy: in force is the stricter value of each key."""

from typing import Any

import pytest

from clients import own_policy
from faceplatform.conf import CapturePolicy, QualityLimits
from faceplatform.errors import ConfigurationError

# key: (laxer, stricter). With the laxer one as the operator's, the client may set the stricter one.
DIRECTIONS: dict[str, tuple[Any, Any]] = {
    "min_target_samples": (1, 2),
    "max_target_samples": (9, 5),
    "max_enrollment_frames": (60, 20),
    "max_authentication_frames": (30, 10),
    "probe_frames": (3, 1),
    "max_spoof_frames": (3, 1),
    "live_frames_after_spoof": (3, 4),
    "liveness": ("off", "passive"),
    "camera_liveness": ("challenge", "passive+challenge"),
    "challenge_steps": (2, 3),
    "challenge_motion": (False, True),
    "challenge_step_seconds": (10, 5),
    "challenge_max_faults": (2, 1),
    "max_challenge_frames": (300, 100),
    "replayed_frame": ("allow", "refuse"),
    "replay_days": (30, 31),
    "analytics_days": (3660, 90),
    "virtual_cameras": ("allow", "refuse"),
    "keep_images": (True, False),
    "require_consent": (False, True),
    "false_match_rate": (1e-3, 1e-5),
    "identification_false_match_rate": (1e-3, 1e-5),
}
FREE: dict[str, tuple[Any, Any]] = {
    "target_samples": (3, 5),
    "session_seconds": (600, 3600),
    "capture_handover": ("refuse", "allow"),
    "capture_retries": (0, 2),
}
DUPLICATES = ("allow", "flag", "refuse")


def in_force(operators: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return own_policy.effective(operators, own).model_dump()


def refused(operators: dict[str, Any], own: dict[str, Any]) -> list[tuple[str, ...]]:
    return [laxer.path for laxer in own_policy.check(operators, own)]


def test_every_key_of_the_policy_has_a_rule_and_a_row_in_this_table():
    keys = set(CapturePolicy.model_fields) - {"quality"}
    assert set(own_policy.RULES) == keys
    assert {*DIRECTIONS, *FREE, "duplicate_face"} == keys
    assert set(own_policy.QUALITY_RULES) == set(QualityLimits.model_fields)


@pytest.mark.parametrize("key", DIRECTIONS)
def test_only_the_stricter_value_is_accepted(key):
    lax, strict = DIRECTIONS[key]
    assert refused({key: lax}, {key: strict}) == []
    assert refused({key: lax}, {key: lax}) == []
    assert refused({key: strict}, {key: lax}) == [(key,)]


@pytest.mark.parametrize("key", DIRECTIONS)
def test_the_stricter_value_is_in_force(key):
    """Also if the operator's became the stricter one after the client had set its own."""
    lax, strict = DIRECTIONS[key]
    assert in_force({key: lax}, {key: strict})[key] == strict
    assert in_force({key: strict}, {key: lax})[key] == strict
    assert in_force({key: strict}, {})[key] == strict


@pytest.mark.parametrize("key", FREE)
@pytest.mark.parametrize("turned", [False, True])
def test_free_keys_are_the_clients(key, turned):
    operators, own = reversed(FREE[key]) if turned else FREE[key]
    assert refused({key: operators}, {key: own}) == []
    assert in_force({key: operators}, {key: own})[key] == own


@pytest.mark.parametrize("operators", DUPLICATES)
@pytest.mark.parametrize("own", DUPLICATES)
def test_duplicates_have_an_order(operators, own):
    stricter = max(operators, own, key=DUPLICATES.index)
    policy = {"duplicate_face": operators}, {"duplicate_face": own}
    assert in_force(*policy)["duplicate_face"] == stricter
    assert refused(*policy) == ([] if own == stricter else [("duplicate_face",)])


@pytest.mark.parametrize("measure", QualityLimits.model_fields)
def test_each_quality_measure_only_rises(measure):
    operators = {"quality": {measure: 0.5}}
    assert refused(operators, {"quality": {measure: 0.6}}) == []
    assert refused(operators, {"quality": {measure: 0.4}}) == [("quality", measure)]
    assert in_force(operators, {"quality": {measure: 0.6}})["quality"][measure] == 0.6
    assert in_force(operators, {"quality": {measure: 0.4}})["quality"][measure] == 0.5


def test_a_quality_measure_leaves_the_others_as_the_operator_has_them():
    quality = in_force({"quality": {"pose": 0.9}}, {"quality": {"sharpness": 0.8}})["quality"]
    assert (quality["pose"], quality["sharpness"]) == (0.9, 0.8)
    assert quality["contrast"] == QualityLimits().contrast


@pytest.mark.parametrize(
    ("operators", "own", "samples"),
    [
        ({}, {"target_samples": 5}, (1, 5, 10)),
        ({"min_target_samples": 3, "target_samples": 4}, {"target_samples": 3}, (3, 3, 10)),
        # The operator changed its bounds after the client had set its own.
        ({"min_target_samples": 4, "target_samples": 4}, {"target_samples": 2}, (4, 4, 10)),
        ({"max_target_samples": 3}, {"target_samples": 5}, (1, 3, 3)),
        ({"min_target_samples": 6, "target_samples": 6}, {"max_target_samples": 4}, (6, 6, 6)),
        ({}, {"min_target_samples": 5, "target_samples": 5}, (5, 5, 10)),
    ],
)
def test_samples_stay_within_the_bounds(operators, own, samples):
    names = ("min_target_samples", "target_samples", "max_target_samples")
    assert tuple(in_force(operators, own)[name] for name in names) == samples


@pytest.mark.parametrize("target", [2, 8])
def test_a_target_outside_of_the_operators_bounds_is_named(target):
    operators = {"min_target_samples": 3, "max_target_samples": 7}
    own = {"target_samples": target, "min_target_samples": 1, "max_target_samples": 10}
    assert ("target_samples",) in refused(operators, own)


@pytest.mark.parametrize(
    "own",
    [
        {"livenes": "passive"},
        {"liveness": 1},
        {"target_samples": 11},
        {"target_samples": "5"},
        {"quality": 1},
        {"quality": None},
        {"quality": {"glow": 0.5}},
        {"quality": {"pose": 2}},
        {"min_target_samples": 5},  # above the target
    ],
)
def test_overrides_that_are_not_valid(own):
    with pytest.raises(ConfigurationError):
        own_policy.check({}, own)


def test_the_message_names_the_bound():
    faults = own_policy.check({"duplicate_face": "flag"}, {"duplicate_face": "allow"})
    assert [fault.message for fault in faults] == ["One of: flag, refuse."]
    (fault,) = own_policy.check({}, {"false_match_rate": 0.01})
    assert fault.message == "At most 0.0001."


@pytest.mark.parametrize(
    ("key", "strict", "message"),
    [("keep_images", False, "One of: false."), ("require_consent", True, "One of: true.")],
)
def test_the_message_writes_values_as_json_does(key, strict, message):
    (fault,) = own_policy.check({key: strict}, {key: not strict})
    assert fault.message == message


def test_liveness_checks_add_up():
    (laxer,) = own_policy.check({"liveness": "passive"}, {"liveness": "challenge"})
    assert laxer.message == "One of: passive, passive+challenge."
    both = in_force({"liveness": "passive"}, {"liveness": "challenge"})
    assert both["liveness"] == "passive+challenge"
