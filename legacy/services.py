"""One-shot calls: a session of few frames, opened, fed and ended within one request.

Every frame takes the main API's straight line (`sessions.pipeline`), so its limits, checks and
events apply; there is no rule about faces here.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from authentication import services as authentications
from clients import services as users
from clients.models import Client, ErasureTrigger, Subject, SubjectGroup
from clients.users.erasure import erase_subject
from enrollment import services as enrollments
from faceplatform.conf import CapturePolicy
from faceplatform.errors import FaceplatformError
from faceplatform.events import SessionEnded
from faceplatform.sessions.ending import cancel
from faceplatform.sessions.errors import (
    DuplicateFace,
    SessionExpired,
    SessionFinished,
    SessionNotFound,
)
from faceplatform.sessions.lookup import find
from faceplatform.sessions.models import CaptureType
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.pipeline import give_up, process_frame
from faceplatform.sessions.reasons import FRAME_REASONS, SUSPICIONS, Reason

_METADATA = {"source": "legacy"}


@dataclass(frozen=True, slots=True)
class Result:
    """The ending of a one-shot session.

    Attributes:
        reason: why it ended; if it was given up, what was wrong with most of its frames.
        faces: faces in the last image that was measured.
        user_id: the user that was recognized, if any.
        score: calibrated similarity, 0..1, where a comparison was made.
    """

    reason: Reason
    faces: int = 0
    user_id: str | None = None
    score: float | None = None


def is_registered(client: Client, user_id: str) -> bool:
    """Return True if the client's user of that id has a template. Others can still enroll."""
    subject = users.subjects(client).filter(user_id=user_id).first()
    return subject is not None and enrollments.is_enrolled(subject)


def registered_since(client: Client) -> list[tuple[Subject, datetime]]:
    """Return the client's users that have a template, in the order of their ids, and the time each
    was enrolled."""
    since = enrollments.enrolled_since(client)
    return [(user, since[user.pk]) for user in users.subjects(client) if user.pk in since]


def enroll(client: Client, user_id: str, image: bytes, *, source: str) -> Result:
    """Enroll a user from one image, unless the user is enrolled, if only by a concurrent call.

    Raises:
        UserInactive, UserExpired, ConsentRequired, LivenessUnavailable
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    _, token = enrollments.open_session(
        _opening(client, source, frames=1), user_id=user_id, target_samples=1, first_only=True
    )
    return _push(client, token, [image])


def verify(client: Client, user_id: str, images: Sequence[bytes], *, source: str) -> Result:
    """Compare the images with that user's template.

    Raises:
        UserNotFound, UserInactive, UserExpired, UserNotEnrolled, LivenessUnavailable,
        VerificationDelayed, UserLocked
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    return _authenticate(client, user_id, None, images, source, "")


def identify(
    client: Client, group: SubjectGroup, image: bytes, *, source: str, address: str
) -> Result:
    """Find the user that the image shows, among a group of the client's users.

    Args:
        address: of the caller, if a failure counts for it; "" if not.

    Raises:
        LivenessUnavailable, IdentificationDelayed, AddressLocked
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    return _authenticate(client, None, group, [image], source, address)


def erase_all(client: Client) -> int:
    """Erase every user of the client, each in its own transaction; return how many."""
    receipts = [
        erase_subject(subject, trigger=ErasureTrigger.RESET) for subject in users.subjects(client)
    ]
    return sum(receipt is not None for receipt in receipts)


def _authenticate(
    client: Client,
    user_id: str | None,
    group: SubjectGroup | None,
    images: Sequence[bytes],
    source: str,
    address: str,
) -> Result:
    opening = replace(_opening(client, source, frames=len(images)), address=address)
    _, token = authentications.open_session(opening, user_id=user_id, group=group)
    return _push(client, token, images, address)


def _opening(client: Client, source: str, *, frames: int) -> Opening:
    return Opening(
        client=client,
        capture_type=CaptureType.API,
        source=source,
        metadata=_METADATA,
        policy=_policy_for(client, source, frames),
    )


def _policy_for(client: Client, source: str, frames: int) -> CapturePolicy:
    """Return the client's policy for a session of exactly that many frames.

    The session's own limit lies above it, so that its reason says what was wrong with the frames.
    """
    policy = client.capture_policy
    return CapturePolicy.model_validate(
        {
            **policy.model_dump(),
            "false_match_rate": client.false_match_rate_of(source),
            "target_samples": 1,
            "min_target_samples": 1,
            "max_enrollment_frames": frames + 1,
            "max_authentication_frames": frames + 1,
            "probe_frames": min(policy.probe_frames, frames),
            "max_spoof_frames": min(policy.max_spoof_frames, frames),
        }
    )


def _push(client: Client, token: str, images: Sequence[bytes], address: str = "") -> Result:
    """Post images until the session ends; end it after the last one."""
    reasons: Counter[Reason] = Counter()
    faces = 0
    try:
        for image in images:
            frame = process_frame(client=client, token=token, image=image, address=address)
            if frame.ended is not None:
                return _result(frame.ended, frame.faces)
            reasons[frame.step.reason] += 1
            faces = frame.faces
    except DuplicateFace:
        return Result(Reason.DUPLICATE_FACE, faces=1)
    except SessionFinished as e:  # by another call, which enrolled the user
        return Result(Reason(e.extra["reason"]), faces=faces)
    except FaceplatformError:
        _cancel(client, token)
        raise
    reason = _verdict(reasons)
    # A frame's reason is told to the caller; the session ends with one of sessions.
    ending = Reason.FRAME_LIMIT if reason in FRAME_REASONS else reason
    give_up(client=client, token=token, reason=ending)
    return Result(reason, faces=faces)


def _result(ended: SessionEnded, faces: int) -> Result:
    return Result(
        Reason(ended.reason),
        faces=faces,
        user_id=ended.matched_user_id,
        score=None if ended.similarity is None else round(ended.similarity, 3),
    )


def _verdict(reasons: Counter[Reason]) -> Reason:
    """Return the reason why no frame of a session ended it."""
    if Reason.UNDECIDED in reasons:
        return Reason.NO_MATCH
    reason = reasons.most_common(1)[0][0]
    return Reason.LIVENESS_FAILED if reason in SUSPICIONS else reason


def _cancel(client: Client, token: str) -> None:
    """End a session whose image could not be measured: nobody holds its token."""
    with suppress(SessionNotFound, SessionExpired, SessionFinished):  # it has ended already
        cancel(*find(client=client, token=token))
