"""The rate of each look of an authentication, from that of the whole session."""

from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import get_calibration


def look_fmr(policy: CapturePolicy, *, fmr: float | None = None) -> float:
    """Return the false match rate of each look of this policy's authentications.

    Args:
        fmr: of the session, instead of the policy's own.
    """
    of_session = policy.false_match_rate if fmr is None else fmr
    return get_calibration().sessions.look_fmr(of_session, policy.probe_frames)
