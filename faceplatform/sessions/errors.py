"""Errors that stop a frame or a session call before anything is decided."""

from typing import Self

from faceplatform.errors import FaceplatformError


class SessionNotFound(FaceplatformError):
    """Unknown and foreign tokens alike."""

    code = "session_not_found"
    status = 404
    title = "There is no such session"


class SessionExpired(FaceplatformError):
    code = "session_expired"
    status = 410
    title = "The session has expired; open a new one"


class SessionFinished(FaceplatformError):
    """Carries ``session_status`` and ``reason``, the stable code of its ending."""

    code = "session_finished"
    status = 409
    title = "The session has ended; open a new one"

    @classmethod
    def by(cls, status: str, reason: str) -> Self:
        """Return the error for a session that ended with this status and reason."""
        return cls(
            f"The session has ended: {reason}",
            extra={"session_status": status, "reason": reason},
        )


class ModelChanged(FaceplatformError):
    code = "session_model_changed"
    status = 409
    title = "The recognition model was changed since the session began; open a new one"


class DuplicateFace(FaceplatformError):
    """Says nothing about whose face it is."""

    code = "duplicate_face"
    status = 409
    title = "This face is already enrolled under another user"


class LivenessUnavailable(FaceplatformError):
    """The client's policy asks for liveness and the weights are not installed."""

    code = "liveness_unavailable"
    status = 503
    title = "The client's policy demands a liveness check whose models are not installed"


class OperatingPointUnsupported(FaceplatformError):
    """The client's policy asks for a false match rate that the model's calibration lacks."""

    code = "operating_point_unsupported"
    status = 503
    title = "The recognition model is not calibrated for the client's false_match_rate"


class LivenessBelowPolicy(FaceplatformError):
    """An opening asks for fewer liveness checks than the client's policy demands."""

    code = "liveness_below_policy"
    status = 400
    title = "The client's policy demands more liveness checks; a session can only add to them"


class ChallengeImpossible(FaceplatformError):
    """The policy demands a challenge, and the session is fed with images that are there already."""

    code = "challenge_impossible"
    status = 409
    title = "The client's policy demands a challenge, which stored images cannot pass"
