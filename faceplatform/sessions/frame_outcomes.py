"""The outcomes of a session's frames, stored in its row for operators: no image, no biometrics.

A column of the session's row has a line of JSON for each frame. A frame appends its line in memory,
without parsing the others, and the statement that writes the session's progress writes it, too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from faceplatform.engine.types import Face
from faceplatform.sessions.models import CaptureSession

# The most frames that a policy allows a session. A line has about 150 characters.
MOST_OUTCOMES = 500


@dataclass(frozen=True, slots=True)
class FrameOutcome:
    """The outcome of one frame.

    Attributes:
        milliseconds: from the opening of the session until the frame was decided on.
        reason: the code that the caller was answered.
        quality: the unified quality, 0..1; None unless exactly one face counts.
        liveness_score: 0..1; None without a liveness check, or if that is unclear.
        stages: milliseconds by stage of measuring; empty for an image that could not be measured.
    """

    milliseconds: int
    reason: str
    accepted: bool
    quality: float | None
    liveness_score: float | None
    stages: Mapping[str, float]


def record(
    session: CaptureSession,
    *,
    reason: str,
    accepted: bool = False,
    face: Face | None = None,
    stages: Mapping[str, float] | None = None,
) -> None:
    """Append the outcome of a frame, which the session has counted, to the session in memory."""
    if session.frames_received > MOST_OUTCOMES:
        return
    liveness = face.liveness.score if face and face.liveness else None
    line = (
        round((timezone.now() - session.created_at).total_seconds() * 1000),
        reason,
        accepted,
        _rounded(face.quality.unified if face else None),
        _rounded(liveness),
        {name: round(milliseconds, 1) for name, milliseconds in (stages or {}).items()},
    )
    session.frame_outcomes += json.dumps(line, separators=(",", ":")) + "\n"


def outcomes_of(session: CaptureSession) -> list[FrameOutcome]:
    """Return the stored outcomes, oldest first; none of frames from before they were stored."""
    return [FrameOutcome(*json.loads(line)) for line in session.frame_outcomes.splitlines()]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
