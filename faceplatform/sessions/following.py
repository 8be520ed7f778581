"""Frames of a stream: what one of them tells the engine about the next."""

from dataclasses import dataclass

from faceplatform.conf import CapturePolicy
from faceplatform.engine.types import Following, Track
from faceplatform.liveness.methods import has_passive
from faceplatform.sessions import challenges
from faceplatform.sessions.models import CaptureSession


@dataclass(slots=True)
class FrameStream:
    """Frames of one camera, in order, between which the face is followed.

    Attributes:
        track: of the last frame.
    """

    track: Track | None = None


def following_of(
    stream: FrameStream | None, session: CaptureSession, policy: CapturePolicy, *, wanted: int
) -> Following | None:
    """Return what the engine is told about the next frame; None outside of a stream.

    A followed face has no embedding and no passive check. So the quality from which on a frame is
    measured as if alone is the one from which on the frame may be accepted: no other frame misses
    them. Of a challenge that has its samples no frame is accepted before it has passed.

    Args:
        wanted: the number of samples that the session's decision is made on.
    """
    if stream is None:
        return None
    only_leads = (
        challenges.is_pending(session)
        and not has_passive(policy)
        and session.samples_collected >= max(1, wanted - 1)
    )
    return Following(stream.track, None if only_leads else policy.quality.model_dump())
