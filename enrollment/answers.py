"""The members of answers that only enrollment sessions have, named as the API names them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentStatus:
    session_type: str
    enrollment_id: str
    target_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UserEnrollment:
    """The state of one user's enrollment.

    Attributes:
        is_enrolled: the user has a template, of any recognition model.
        reenrollment_required: there are templates, and none of the model in use.
    """

    user_id: str
    is_active: bool
    is_enrolled: bool
    reenrollment_required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentAnswer:
    """An enrollment's progress after a frame.

    Attributes:
        success: the frame was accepted.
        enrollment_progress: percent, with one decimal.
        target_samples: number of samples the session needs now.
    """

    success: bool
    enrollment_id: str
    enrollment_progress: float
    enrollment_complete: bool
    target_samples: int
    liveness_verified: bool | None
    duplicate_suspected: bool
