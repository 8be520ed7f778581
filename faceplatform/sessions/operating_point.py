"""The false match rates of a session's comparisons, from that of its policy."""

from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import Owner, calibration_of

# The strictest rate at which a frame is compared with the earlier ones of its session. At 1e-4 a
# quarter of people's photographs of different days would be refused (docs/accuracy.md), and what a
# look-alike gains here is little: whom the frames show together is judged at the policy's rate.
_SAME_PERSON_FMR = 1e-3


def look_fmr(owner: Owner, policy: CapturePolicy, *, fmr: float | None = None) -> float:
    """Return the false match rate of each look of this policy's authentications.

    Args:
        owner: a client, or a session.
        fmr: of the session, instead of the policy's own.
    """
    of_session = policy.false_match_rate if fmr is None else fmr
    return calibration_of(owner).sessions.look_fmr(of_session, policy.probe_frames)


def same_person_fmr(policy: CapturePolicy) -> float:
    """Return the false match rate at which a frame is of the same person as those before it."""
    return max(policy.false_match_rate, _SAME_PERSON_FMR)
