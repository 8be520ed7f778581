"""Flat or solid, in a session with a challenge: the turned faces are compared with the one at rest.

The patch of the face at rest is a sealed column of the first sample, and is deleted with it. What
the comparisons say is numbers about motion, in the session's ``liveness_state``: nothing biometric.
"""

from dataclasses import astuple

from faceplatform.engine.types import Face
from faceplatform.liveness.parallax import (
    LEAST_MOTION,
    LEAST_TRACKS,
    LIMITS,
    Evidence,
    Motion,
    Parallax,
    judge,
)
from faceplatform.sessions.models import CaptureSession
from faceplatform.sessions.reasons import Reason
from faceplatform.sessions.registry import AnyKind

# Comparisons that are kept of one challenge: more would change no median.
MOST_COMPARISONS = 12

_KEY = "motion"

# A face that has shown nothing is not taken for a head: a photograph that is turned so far that
# it can hardly be followed shows nothing either.
_DOUBTS = {Motion.FLAT: Reason.FLAT_MOTION, Motion.UNCLEAR: Reason.MOTION_UNCLEAR}


def measure(kind: AnyKind, session: CaptureSession, face: Face) -> Parallax | None:
    """Compare a face that has moved with the session's face at rest.

    It takes milliseconds, so it is done before the session is locked.

    Returns:
        None if the session has no face at rest yet.
    """
    if session.is_sandbox:
        return _scripted(face)
    if face.patch is None:
        return None
    samples = kind.samples_of(session)
    rest = samples[0].unseal_patch() if samples else None
    if rest is None:
        return None
    # Only here: OpenCV takes memory in every web process that never leads a challenge.
    from faceplatform.liveness.flat_motion import compare

    return compare(rest, face.patch)


def _scripted(face: Face) -> Parallax | None:
    """Return the motion that a sandbox's face stands for; None for an unclear one."""
    from faceplatform.engine.sandbox import FLAT_PATCH, UNCLEAR_PATCH

    if face.patch is None or face.patch[0, 0] == UNCLEAR_PATCH:
        return None
    strength = LIMITS.flat_below / 2 if face.patch[0, 0] == FLAT_PATCH else LIMITS.solid_from * 2
    residual = (strength * LEAST_MOTION) ** 0.5
    return Parallax(tracks=LEAST_TRACKS, motion=LEAST_MOTION, residual=residual)


def note(session: CaptureSession, parallax: Parallax) -> None:
    """Add a comparison to the session's, in memory, if it tells anything. Those that moved farthest
    are kept."""
    if parallax.is_informative:
        kept = sorted([*_kept(session), parallax], key=lambda each: each.motion, reverse=True)
        _put(session, kept[:MOST_COMPARISONS])


def forget(session: CaptureSession) -> None:
    """Drop the comparisons, in memory: their challenge is over, or their sample dropped."""
    _put(session, [])


def evidence(session: CaptureSession) -> Evidence:
    return judge(_kept(session))


def doubt(session: CaptureSession) -> Reason | None:
    """Return the reason for which a challenge that was passed does not count; None for a face that
    has shown depth."""
    return _DOUBTS.get(evidence(session).motion)


def _kept(session: CaptureSession) -> list[Parallax]:
    return [Parallax(*numbers) for numbers in (session.liveness_state or {}).get(_KEY, [])]


def _put(session: CaptureSession, comparisons: list[Parallax]) -> None:
    kept = [astuple(each) for each in comparisons]
    session.liveness_state = {**(session.liveness_state or {}), _KEY: kept}
