"""The members of answers that only authentication sessions have, named as the API names them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MatchedUser:
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationStatus:
    """The result of a session, so far or in the end.

    Attributes:
        session_type: ``verification`` or ``identification``.
        result: ``success`` or ``failure``; None while it is open, expired or cancelled.
        similarity_score: calibrated, 0..1, with three decimals.
    """

    session_type: str
    result: str | None
    matched_user: MatchedUser | None
    similarity_score: float | None
    liveness_verified: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationAnswer(AuthenticationStatus):
    """The same after a frame.

    Attributes:
        success: the user was recognized.
        error: the integration guide's text for a failure.
    """

    success: bool
    error: str | None
