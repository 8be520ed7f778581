"""The rate of each look of an authentication, from that of the whole session."""

from faceplatform.conf import CapturePolicy
from faceplatform.engine.registry import Owner, calibration_of


def look_fmr(owner: Owner, policy: CapturePolicy, *, fmr: float | None = None) -> float:
    """Return the false match rate of each look of this policy's authentications.

    Args:
        owner: a client, or a session.
        fmr: of the session, instead of the policy's own.
    """
    of_session = policy.false_match_rate if fmr is None else fmr
    return calibration_of(owner).sessions.look_fmr(of_session, policy.probe_frames)
