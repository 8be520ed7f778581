"""The two things a frame can lead to: its session goes on, or it ends."""

from dataclasses import dataclass

from faceplatform.errors import FaceplatformError
from faceplatform.sessions.models import SessionStatus
from faceplatform.sessions.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Results of a session, so far or in the end.

    Attributes:
        similarity: calibrated score 0..1 of the last comparison, where one was made.
        matched_subject_pk: primary key of the user that was recognized.
        liveness_verified: it succeeded, and every liveness check ran and passed on its samples.
        duplicate_suspected: the face is also another user's, and the policy only flags that.
    """

    similarity: float | None = None
    matched_subject_pk: int | None = None
    liveness_verified: bool = False
    duplicate_suspected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation:
    """The session goes on.

    Attributes:
        accepted: the frame was good and became a sample.
        message: a sentence for people; programs read ``reason``.
    """

    reason: Reason
    accepted: bool
    message: str
    findings: Findings = Findings()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The session ends.

    Attributes:
        accepted: the frame that ended it was good and counted.
        message: a sentence for people; programs read ``reason``.
        error: raised once the ending is committed, where the answer is not a 200.
    """

    status: SessionStatus
    reason: Reason
    accepted: bool = False
    message: str = ""
    findings: Findings = Findings()
    error: FaceplatformError | None = None


Step = Continuation | Ending
