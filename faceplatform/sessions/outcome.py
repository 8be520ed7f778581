"""What one frame led to."""

from dataclasses import dataclass, field
from typing import Any

from faceplatform.errors import FaceplatformError
from faceplatform.sessions.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The answer to one frame, before it is rendered.

    Attributes:
        success: what the caller may act on: the frame counted (enrollment), the person was
            matched (authentication).
        accepted: the frame was good and counted.
        samples_collected: good frames of the session so far.
        details: members of the answer that only this kind of session has.
        error: raised once the transaction is committed, for an end that is no 200.
    """

    success: bool
    accepted: bool
    reason: Reason
    message: str
    samples_collected: int
    details: dict[str, Any] = field(default_factory=dict)
    error: FaceplatformError | None = None
