"""Reasons to refuse a frame or end a session: stable codes, each with one line of advice."""

from django.db import models


class Reason(models.TextChoices):
    """Codes that programs may rely on."""

    ACCEPTED = "accepted"
    # Of a frame by itself
    NO_FACE = "no_face"
    MULTIPLE_FACES = "multiple_faces"
    FACE_UNCLEAR = "face_unclear"
    FACE_CUT_OFF = "face_cut_off"
    FACE_TOO_SMALL = "face_too_small"
    FACE_TURNED = "face_turned"
    PICTURE_TURNED = "picture_turned"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    LOW_CONTRAST = "low_contrast"
    BLURRED = "blurred"
    EYES_COVERED = "eyes_covered"
    EYES_CLOSED = "eyes_closed"
    MOUTH_OPEN = "mouth_open"
    # Of a frame in its session
    FRAME_REPEATED = "frame_repeated"
    DIFFERENT_PERSON = "different_person"
    SPOOF_SUSPECTED = "spoof_suspected"
    LIVENESS_UNCLEAR = "liveness_unclear"
    MORE_ROOM = "more_room"
    UNDECIDED = "undecided"
    # Of a frame in its challenge
    GESTURE_AWAITED = "gesture_awaited"
    GESTURE_SEEN = "gesture_seen"
    GESTURE_WRONG = "gesture_wrong"
    GESTURE_EARLY = "gesture_early"
    GESTURE_LATE = "gesture_late"
    CHALLENGE_PASSED = "challenge_passed"
    FLAT_MOTION = "flat_motion"
    MOTION_UNCLEAR = "motion_unclear"
    # Of a frame after those before it, with liveness
    FACE_STILL = "face_still"
    FRAME_LOOPED = "frame_looped"
    FRAME_ORDER = "frame_order"
    # Of the end of a session
    ENROLLED = "enrolled"
    MATCHED = "matched"
    NO_MATCH = "no_match"
    GALLERY_INCOMPLETE = "gallery_incomplete"
    LIVENESS_FAILED = "liveness_failed"
    DUPLICATE_FACE = "duplicate_face"
    FRAME_LIMIT = "frame_limit"
    USER_INACTIVE = "user_inactive"
    USER_NOT_ENROLLED = "user_not_enrolled"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    RETENTION_ENDED = "retention_ended"
    REENROLLMENT_REQUIRED = "reenrollment_required"
    ALREADY_ENROLLED = "already_enrolled"
    SUPERSEDED = "superseded"
    USER_LOCKED = "user_locked"
    VERIFICATION_DELAYED = "verification_delayed"
    ADDRESS_LOCKED = "address_locked"
    IDENTIFICATION_DELAYED = "identification_delayed"
    CREDENTIAL_REVOKED = "credential_revoked"
    CLIENT_INACTIVE = "client_inactive"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# Of frames. No session ends with one, but for those that an older API gave up before this release.
FRAME_REASONS = frozenset(
    {
        Reason.ACCEPTED,
        Reason.NO_FACE,
        Reason.MULTIPLE_FACES,
        Reason.FACE_UNCLEAR,
        Reason.FACE_CUT_OFF,
        Reason.FACE_TOO_SMALL,
        Reason.FACE_TURNED,
        Reason.PICTURE_TURNED,
        Reason.TOO_DARK,
        Reason.TOO_BRIGHT,
        Reason.LOW_CONTRAST,
        Reason.BLURRED,
        Reason.EYES_COVERED,
        Reason.EYES_CLOSED,
        Reason.MOUTH_OPEN,
        Reason.FRAME_REPEATED,
        Reason.DIFFERENT_PERSON,
        Reason.SPOOF_SUSPECTED,
        Reason.LIVENESS_UNCLEAR,
        Reason.MORE_ROOM,
        Reason.UNDECIDED,
        Reason.GESTURE_AWAITED,
        Reason.GESTURE_SEEN,
        Reason.GESTURE_WRONG,
        Reason.GESTURE_EARLY,
        Reason.GESTURE_LATE,
        Reason.CHALLENGE_PASSED,
        Reason.FLAT_MOTION,
        Reason.MOTION_UNCLEAR,
        Reason.FACE_STILL,
        Reason.FRAME_LOOPED,
        Reason.FRAME_ORDER,
    }
)
# Of ends that only one kind of session has.
_ENDS_OF_ENROLLMENTS = frozenset(
    {
        Reason.ENROLLED,
        Reason.DUPLICATE_FACE,
        Reason.CONSENT_WITHDRAWN,
        Reason.ALREADY_ENROLLED,
        Reason.SUPERSEDED,
    }
)
_ENDS_OF_AUTHENTICATIONS = frozenset(
    {
        Reason.MATCHED,
        Reason.NO_MATCH,
        Reason.GALLERY_INCOMPLETE,
        Reason.USER_NOT_ENROLLED,
        Reason.REENROLLMENT_REQUIRED,
        Reason.USER_LOCKED,
        Reason.VERIFICATION_DELAYED,
        Reason.ADDRESS_LOCKED,
        Reason.IDENTIFICATION_DELAYED,
    }
)
_COMMON_ENDS = frozenset(Reason) - FRAME_REASONS - _ENDS_OF_ENROLLMENTS - _ENDS_OF_AUTHENTICATIONS
# By the kind of session: the reasons that one ends with.
ENDS = {
    "enrollment": _COMMON_ENDS | _ENDS_OF_ENROLLMENTS,
    "authentication": _COMMON_ENDS | _ENDS_OF_AUTHENTICATIONS,
}
# Of frames that are suspected of showing no living face.
SUSPICIONS = frozenset(
    {
        Reason.SPOOF_SUSPECTED,
        Reason.FLAT_MOTION,
        Reason.FACE_STILL,
        Reason.FRAME_LOOPED,
    }
)
# Of frames that a challenge counts as tries of a gesture that failed.
GESTURE_FAULTS = frozenset(
    {
        Reason.GESTURE_WRONG,
        Reason.GESTURE_EARLY,
        Reason.GESTURE_LATE,
        Reason.MOTION_UNCLEAR,
    }
)
# Of sessions that were not allowed to tell how their frames compared. A browser is told NO_MATCH
# instead, as in a failure of any other session.
LOCKOUT_REASONS = frozenset(
    {
        Reason.USER_LOCKED,
        Reason.VERIFICATION_DELAYED,
        Reason.ADDRESS_LOCKED,
        Reason.IDENTIFICATION_DELAYED,
    }
)


def shown_to_browser(reason: str) -> Reason:
    """Return the reason that the holder of a session's token is told."""
    return Reason.NO_MATCH if reason in LOCKOUT_REASONS else Reason(reason)


ADVICE: dict[Reason, str] = {
    Reason.ACCEPTED: "",
    Reason.NO_FACE: "Show your face to the camera.",
    Reason.MULTIPLE_FACES: "Only one person may be in the picture.",
    Reason.FACE_UNCLEAR: "Uncover your face and look at the camera.",
    Reason.FACE_CUT_OFF: "Move so that your whole face is in the image.",
    Reason.FACE_TOO_SMALL: "Come closer to the camera.",
    Reason.FACE_TURNED: "Look straight at the camera.",
    Reason.PICTURE_TURNED: "Hold the camera upright: the image is turned.",
    Reason.TOO_DARK: "Find more light on your face.",
    Reason.TOO_BRIGHT: "Avoid direct light on your face.",
    Reason.LOW_CONTRAST: "Find a light that shows your face more clearly.",
    Reason.BLURRED: "Hold still, and clean the lens.",
    Reason.EYES_COVERED: "Take off your dark glasses.",
    Reason.EYES_CLOSED: "Open your eyes.",
    Reason.MOUTH_OPEN: "Close your mouth.",
    Reason.FRAME_REPEATED: "Send a new image, taken now; move your head a little.",
    Reason.DIFFERENT_PERSON: "All images of a session must show the same person.",
    Reason.SPOOF_SUSPECTED: "Show your own face, not a photo or a screen.",
    Reason.LIVENESS_UNCLEAR: "Send a color image, and hold the camera upright.",
    Reason.MORE_ROOM: "Move back: leave room around your face.",
    Reason.UNDECIDED: "Keep looking at the camera.",
    Reason.GESTURE_AWAITED: "Follow the instruction.",
    Reason.GESTURE_SEEN: "Well done. Look straight at the camera again.",
    Reason.GESTURE_WRONG: "That was another movement. Look straight at the camera; then follow the "
    "next instruction.",
    Reason.GESTURE_EARLY: "Wait for the instruction before you move.",
    Reason.GESTURE_LATE: "That took too long. Look straight at the camera; then follow the next "
    "instruction.",
    Reason.CHALLENGE_PASSED: "Keep looking at the camera.",
    Reason.FLAT_MOTION: "Show your own face, not a photo. Follow the instructions again.",
    Reason.MOTION_UNCLEAR: "Find more light, come closer, and follow the instructions again.",
    Reason.FACE_STILL: "Show your own face, not a photo, and move your head a little.",
    Reason.FRAME_LOOPED: "Send images taken now, not a recording.",
    Reason.FRAME_ORDER: "Give each image of a session a higher frame_number than the one before.",
    Reason.ENROLLED: "",
    Reason.MATCHED: "",
    Reason.NO_MATCH: "Try again in better light, or use another way to sign in.",
    Reason.GALLERY_INCOMPLETE: "Enroll again, or use another way to sign in: since the recognition "
    "model was changed, some users are not found.",
    Reason.LIVENESS_FAILED: "Open a new session and show your own face.",
    Reason.DUPLICATE_FACE: "This face is already enrolled.",
    Reason.FRAME_LIMIT: "Open a new session and follow the advice given for each image.",
    Reason.USER_INACTIVE: "Ask the operator to switch this user on.",
    Reason.USER_NOT_ENROLLED: "Enroll this user first.",
    Reason.CONSENT_WITHDRAWN: "Ask this user for consent, then enroll the user again.",
    Reason.RETENTION_ENDED: "The data of this user was kept until now and no longer.",
    Reason.REENROLLMENT_REQUIRED: "Enroll this user again: the recognition model was changed.",
    Reason.ALREADY_ENROLLED: "This user is enrolled already.",
    Reason.SUPERSEDED: "This user was enrolled in another session; open a new one.",
    Reason.USER_LOCKED: "Use another way to sign in.",
    Reason.VERIFICATION_DELAYED: "Wait before the next attempt, or use another way to sign in.",
    Reason.ADDRESS_LOCKED: "Use another way to sign in.",
    Reason.IDENTIFICATION_DELAYED: "Wait before the next attempt, or use another way to sign in.",
    Reason.CREDENTIAL_REVOKED: "Open a new session with a credential that is in use.",
    Reason.CLIENT_INACTIVE: "Ask the operator to switch the client on.",
    Reason.CANCELLED: "",
    Reason.EXPIRED: "Open a new session.",
}
