"""Outcomes of the sessions that ``enroll``, ``verify`` and ``identify`` run."""

from dataclasses import dataclass, field

from faceplatform_sdk.models import AuthenticationFrameAnswer, EnrollmentFrameAnswer


@dataclass(frozen=True, kw_only=True)
class EnrollmentOutcome:
    """The end of an enrollment.

    Attributes:
        enrolled: the user has a new template.
        reason: the code of the last frame, such as ``enrolled`` or ``blurred``.
        advice: one line for the person in front of the camera.
        answers: to each frame, in order.
    """

    user_id: str
    enrollment_id: str
    enrolled: bool
    reason: str
    advice: str
    answers: tuple[EnrollmentFrameAnswer, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class AuthenticationOutcome:
    """The end of a verification or identification.

    Attributes:
        matched: the user was recognized, and every liveness check of the session passed.
        user_id: of the user that was recognized; None if there is none.
        reason: the code of the last frame, such as ``matched``, ``no_match`` or ``undecided``.
        advice: one line for the person in front of the camera.
        similarity_score: 0..1; 0.5 at a false match rate of one in a thousand.
        session_token: exchanges a match for a signed result.
        answers: to each frame, in order.
    """

    matched: bool
    user_id: str | None
    reason: str
    advice: str
    similarity_score: float | None
    session_token: str = field(repr=False)
    answers: tuple[AuthenticationFrameAnswer, ...] = field(repr=False)


_OPEN = frozenset({"pending", "active", "processing"})


def is_open(answer: EnrollmentFrameAnswer | AuthenticationFrameAnswer) -> bool:
    """Return True if the session takes further frames after this answer."""
    return answer.session_status in _OPEN


def enrollment_outcome(
    user_id: str, enrollment_id: str, answers: tuple[EnrollmentFrameAnswer, ...]
) -> EnrollmentOutcome:
    """Return the outcome that the answers to an enrollment's frames tell."""
    last = answers[-1]
    return EnrollmentOutcome(
        user_id=user_id,
        enrollment_id=enrollment_id,
        enrolled=last.enrollment_complete,
        reason=last.reason,
        advice=last.advice,
        answers=answers,
    )


def authentication_outcome(
    session_token: str, answers: tuple[AuthenticationFrameAnswer, ...]
) -> AuthenticationOutcome:
    """Return the outcome that the answers to an authentication's frames tell."""
    last = answers[-1]
    return AuthenticationOutcome(
        matched=last.result == "success",
        user_id=None if last.matched_user is None else last.matched_user.user_id,
        reason=last.reason,
        advice=last.advice,
        similarity_score=last.similarity_score,
        session_token=session_token,
        answers=answers,
    )
