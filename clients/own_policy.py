"""A client's own policy, within what the operator allows.

The operator's policy is `Client.policy`, the client's overrides of it are `Client.own_policy`. In
force is, key by key, the stricter of the two, so that an operator who tightens a key later
overrules the client. Keys that cost no security are the client's own choice. Pure: no database.
"""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceplatform.conf import (
    LIVENESS_CHOICES,
    CapturePolicy,
    LivenessMethods,
    QualityLimits,
    capture_policy,
)
from faceplatform.liveness.methods import union


@dataclass(frozen=True, slots=True)
class Rule:
    """The relation of a client's value to the operator's.

    Attributes:
        stricter: returns the stricter of the operator's value and the client's.
        bound: describes the values that are allowed beside the operator's.
    """

    stricter: Callable[[Any, Any], Any]
    bound: Callable[[Any], str]

    def allows(self, operators: Any, own: Any) -> bool:
        return bool(self.stricter(operators, own) == own)


@dataclass(frozen=True, slots=True)
class Laxer:
    """A key of a client's policy that is laxer than the operator allows.

    Attributes:
        path: names of the key and of the objects around it, outermost first.
        message: the allowed values.
    """

    path: tuple[str, ...]
    message: str


def _ordered(*values: object) -> Rule:
    """Return the rule of a choice whose values are given from lax to strict."""

    def bound(operators: Any) -> str:
        allowed = values[values.index(operators) :]
        return f"One of: {', '.join(map(_in_json, allowed))}."

    return Rule(lambda operators, own: max(operators, own, key=values.index), bound)


def _in_json(value: object) -> str:
    """Return the value as it stands in JSON, text without its quotes."""
    return value if isinstance(value, str) else json.dumps(value)


def _more_liveness() -> Rule:
    """Return the rule of liveness checks: the union is the stricter one."""

    def bound(operators: LivenessMethods) -> str:
        allowed = (word for word in LIVENESS_CHOICES if union(operators, word) == word)
        return f"One of: {', '.join(allowed)}."

    return Rule(union, bound)


_LOWER = Rule(min, lambda operators: f"At most {operators}.")
_HIGHER = Rule(max, lambda operators: f"At least {operators}.")
_FREE = Rule(lambda _, own: own, lambda _: "")

# Every key of `CapturePolicy`, except `quality`, whose keys are all minima.
RULES: dict[str, Rule] = {
    # Between the minimum and the maximum, which hold it (`effective`).
    "target_samples": _FREE,
    "min_target_samples": _HIGHER,
    "max_target_samples": _LOWER,
    "max_enrollment_frames": _LOWER,
    "max_authentication_frames": _LOWER,
    # Each further frame is a further try.
    "probe_frames": _LOWER,
    "max_spoof_frames": _LOWER,
    "live_frames_after_spoof": _HIGHER,
    "session_seconds": _FREE,
    "duplicate_face": _ordered("allow", "flag", "refuse"),
    "liveness": _more_liveness(),
    "camera_liveness": _more_liveness(),
    "challenge_steps": _HIGHER,
    "challenge_motion": _ordered(False, True),  # noqa: FBT003
    "challenge_step_seconds": _LOWER,
    "challenge_max_faults": _LOWER,
    "max_challenge_frames": _LOWER,
    "replayed_frame": _ordered("allow", "refuse"),
    "replay_days": _HIGHER,
    "virtual_cameras": _ordered("allow", "refuse"),
    "capture_handover": _FREE,
    # Tries that the client's backend may open anyway.
    "capture_retries": _FREE,
    # Keeping less protects the users.
    "analytics_days": _LOWER,
    "keep_images": _ordered(True, False),  # noqa: FBT003
    "require_consent": _ordered(False, True),  # noqa: FBT003
    "false_match_rate": _LOWER,
    "identification_false_match_rate": _LOWER,
}
QUALITY_RULES: dict[str, Rule] = dict.fromkeys(QualityLimits.model_fields, _HIGHER)


def patched(own: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the overrides with a merge patch (RFC 7396): null removes an override.

    An unknown key stays, for `check` to refuse it, with null, too.
    """
    values = _patched(RULES.keys() | {"quality"}, own, patch)
    quality = patch.get("quality")
    if isinstance(quality, Mapping):
        values["quality"] = _patched(QUALITY_RULES.keys(), own.get("quality", {}), quality)
        if not values["quality"]:
            del values["quality"]
    return values


def _patched(
    known: Collection[str], own: Mapping[str, Any], patch: Mapping[str, Any]
) -> dict[str, Any]:
    removed = {key for key in known if key in patch and patch[key] is None}
    return {key: value for key, value in {**own, **patch}.items() if key not in removed}


def effective(operators: Mapping[str, Any], own: Mapping[str, Any]) -> CapturePolicy:
    """Return the policy in force: the stricter value of each key that the client set.

    Args:
        operators: overrides of the default policy.
        own: overrides of the operator's policy, as `check` accepted them. The operator's may have
            changed since.

    Raises:
        faceplatform.errors.ConfigurationError: the operator's overrides are not valid.
    """
    base = capture_policy(dict(operators))
    if not own:
        return base
    values = base.model_dump()
    quality = own.get("quality", {})
    values["quality"] |= _stricter(QUALITY_RULES, values["quality"], quality)
    values |= _stricter(RULES, values, {key: own[key] for key in own if key != "quality"})
    least = values["min_target_samples"]
    values["max_target_samples"] = most = max(least, values["max_target_samples"])
    values["target_samples"] = min(most, max(least, values["target_samples"]))
    return capture_policy(values)


def _stricter(
    rules: Mapping[str, Rule], operators: Mapping[str, Any], own: Mapping[str, Any]
) -> dict[str, Any]:
    return {key: rules[key].stricter(operators[key], value) for key, value in own.items()}


def check(operators: Mapping[str, Any], own: Mapping[str, Any]) -> Sequence[Laxer]:
    """Return the keys of the client's overrides that are laxer than the operator's policy, and a
    number of samples outside of its bounds.

    Raises:
        faceplatform.conf.PolicyInvalid: the overrides are not valid on top of the operator's
            policy: an unknown key, or a value of the wrong type or out of bounds.
    """
    base = capture_policy(dict(operators)).model_dump()
    quality = own.get("quality", {})
    merged = base["quality"] | quality if isinstance(quality, dict) else quality
    capture_policy({**base, **own, "quality": merged})
    return [
        *_laxer(RULES, base, {key: own[key] for key in own if key != "quality"}),
        *_laxer(QUALITY_RULES, base["quality"], quality, "quality"),
        *_out_of_bounds(base, own),
    ]


def _laxer(
    rules: Mapping[str, Rule], operators: Mapping[str, Any], own: Mapping[str, Any], *path: str
) -> list[Laxer]:
    return [
        Laxer((*path, key), rules[key].bound(operators[key]))
        for key, value in own.items()
        if not rules[key].allows(operators[key], value)
    ]


def _out_of_bounds(operators: Mapping[str, Any], own: Mapping[str, Any]) -> list[Laxer]:
    target = own.get("target_samples")
    least, most = operators["min_target_samples"], operators["max_target_samples"]
    if target is None or least <= target <= most:
        return []
    return [Laxer(("target_samples",), f"From {least} to {most}.")]
