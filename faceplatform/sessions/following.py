"""Frames of a stream: what one of them tells the engine about the next."""

from dataclasses import dataclass

from faceplatform.conf import CapturePolicy
from faceplatform.engine.types import Following, FrameAnalysis, Track
from faceplatform.liveness.methods import has_passive
from faceplatform.sessions import challenges
from faceplatform.sessions.models import CaptureSession


@dataclass(slots=True)
class FrameStream:
    """Frames of one camera, in order, between which the face is followed.

    Attributes:
        track, upright_frames: of the last frame; see `FrameAnalysis`.
    """

    track: Track | None = None
    upright_frames: int | None = None

    def advance(self, analysis: FrameAnalysis) -> None:
        """Keep what the frame tells about the next one."""
        self.track, self.upright_frames = analysis.track, analysis.upright_frames


def following_of(
    stream: FrameStream | None, session: CaptureSession, policy: CapturePolicy, *, wanted: int
) -> Following | None:
    """Return what the engine is told about the next frame; None outside of a stream.

    A followed face has no passive check. It has an embedding in a challenge only, and of one view:
    good enough to compare it with the session's samples, and with nothing else. So the quality from
    which on a frame is measured as if alone is the one from which on the frame may be accepted: no
    other frame misses these. Of a challenge that has its samples no frame is accepted before it has
    passed.

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
    match_from = None if only_leads else policy.quality.model_dump()
    return Following(stream.track, match_from, stream.upright_frames)
