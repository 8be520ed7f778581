"""The liveness checks that a policy names in one word, as sets: a union is always stricter."""

from typing import cast

from faceplatform.conf import CapturePolicy, LivenessMethods

PASSIVE, CHALLENGE = "passive", "challenge"
# In the order of the policy's words.
_ALL = (PASSIVE, CHALLENGE)


def methods_of(word: LivenessMethods) -> tuple[str, ...]:
    """Return the methods in a policy's word: none for ``off``."""
    return () if word == "off" else tuple(word.split("+"))


def union(*words: LivenessMethods) -> LivenessMethods:
    """Return the word for every method that one of these names."""
    named = {method for word in words for method in methods_of(word)}
    return cast("LivenessMethods", "+".join(m for m in _ALL if m in named) or "off")


def has_passive(policy: CapturePolicy) -> bool:
    return PASSIVE in methods_of(policy.liveness)


def has_challenge(policy: CapturePolicy) -> bool:
    return CHALLENGE in methods_of(policy.liveness)


def policy_of_session(
    policy: CapturePolicy, *, at_camera: bool, asked: LivenessMethods = "off"
) -> CapturePolicy:
    """Return a client's policy with the `liveness` that one session must pass.

    Args:
        at_camera: the session's frames come from a camera with a person before it.
        asked: by the call that opens the session. It can only add methods.
    """
    of_cameras = policy.camera_liveness if at_camera else "off"
    required = union(policy.liveness, of_cameras, asked)
    if required == policy.liveness:
        return policy
    return policy.model_copy(update={"liveness": required})
