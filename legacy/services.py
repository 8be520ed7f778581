"""One-shot calls: a session of few frames, opened, fed and ended within one request.

Every frame takes the main API's straight line (`sessions.pipeline`), so its limits, checks and
events apply; there is no rule about faces here.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from authentication import services as authentications
from clients import services as users
from clients.models import Client, Subject, SubjectGroup
from enrollment import services as enrollments
from faceplatform.conf import CapturePolicy
from faceplatform.errors import FaceplatformError
from faceplatform.sessions import lifecycle
from faceplatform.sessions.errors import (
    DuplicateFace,
    SessionExpired,
    SessionFinished,
    SessionNotFound,
)
from faceplatform.sessions.lifecycle import Opening
from faceplatform.sessions.models import CaptureType
from faceplatform.sessions.pipeline import FrameResult, give_up, process_frame
from faceplatform.sessions.reasons import Reason

_METADATA = {"source": "legacy"}


@dataclass(frozen=True, slots=True)
class Result:
    """How a one-shot session ended.

    Attributes:
        faces: faces in the last picture that was measured.
        user_id: whose face it is, where it was recognised.
        score: calibrated similarity, 0..1, where a comparison was made.
    """

    reason: Reason
    faces: int = 0
    user_id: str | None = None
    score: float | None = None


def is_registered(client: Client, user_id: str) -> bool:
    """Whether the client has a user of that id with a face. One without may still get it."""
    subject = users.subjects(client).filter(user_id=user_id).first()
    return subject is not None and enrollments.is_enrolled(subject)


def registered_since(client: Client) -> list[tuple[Subject, datetime]]:
    """The client's users that have a face, by their ids, and since when."""
    since = enrollments.enrolled_since(client)
    return [(user, since[user.pk]) for user in users.subjects(client) if user.pk in since]


def enroll(client: Client, user_id: str, picture: bytes) -> Result:
    """Enroll a user from one picture: never one who is enrolled, were it by a call beside this.

    Raises:
        UserInactive, LivenessUnavailable
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    _, token = enrollments.open_session(
        _opening(client, frames=1), user_id=user_id, target_samples=1, first_only=True
    )
    return _push(client, token, [picture])


def verify(client: Client, user_id: str, pictures: Sequence[bytes]) -> Result:
    """Whether the pictures show that user.

    Raises:
        UserNotFound, UserInactive, UserNotEnrolled, LivenessUnavailable
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    return _authenticate(client, user_id, None, pictures)


def identify(client: Client, group: SubjectGroup, picture: bytes) -> Result:
    """Who of a group of the client's users the picture shows.

    Raises:
        LivenessUnavailable
        faceplatform.errors.ImageError, faceplatform.errors.EngineError
    """
    return _authenticate(client, None, group, [picture])


def erase_all(client: Client) -> int:
    """Erase every user of the client, each in its own transaction; returns how many."""
    return sum(users.erase_subject(subject) for subject in users.subjects(client))


def _authenticate(
    client: Client, user_id: str | None, group: SubjectGroup | None, pictures: Sequence[bytes]
) -> Result:
    _, token = authentications.open_session(
        _opening(client, frames=len(pictures)), user_id=user_id, group=group
    )
    return _push(client, token, pictures)


def _opening(client: Client, *, frames: int) -> Opening:
    return Opening(
        client=client,
        capture_type=CaptureType.API,
        metadata=_METADATA,
        policy=_policy_for(client, frames),
    )


def _policy_for(client: Client, frames: int) -> CapturePolicy:
    """The client's policy for a session that gets so many frames and no more.

    Frames are not limited by the session then, so that its end says what was wrong with them.
    """
    policy = client.capture_policy
    return CapturePolicy.model_validate(
        {
            **policy.model_dump(),
            "target_samples": 1,
            "min_target_samples": 1,
            "max_enrollment_frames": frames + 1,
            "max_authentication_frames": frames + 1,
            "probe_frames": min(policy.probe_frames, frames),
            "max_spoof_frames": min(policy.max_spoof_frames, frames),
        }
    )


def _push(client: Client, token: str, pictures: Sequence[bytes]) -> Result:
    """Post pictures until the session ends; end it after the last one."""
    reasons: Counter[Reason] = Counter()
    faces = 0
    try:
        for picture in pictures:
            frame = process_frame(client=client, token=token, image=picture)
            if not frame.session.is_open:
                return _result(frame)
            reasons[frame.outcome.reason] += 1
            faces = frame.faces
    except DuplicateFace:
        return Result(Reason.DUPLICATE_FACE, faces=1)
    except SessionFinished as e:  # by another call: the user was enrolled there
        return Result(Reason(e.extra["reason"]), faces=faces)
    except FaceplatformError:
        _cancel(client, token)
        raise
    reason = _verdict(reasons)
    give_up(client=client, token=token, reason=reason)
    return Result(reason, faces=faces)


def _result(frame: FrameResult) -> Result:
    details = frame.outcome.details
    matched = details.get("matched_user")
    return Result(
        frame.outcome.reason,
        faces=frame.faces,
        user_id=matched["user_id"] if matched else None,
        score=details.get("similarity_score"),
    )


def _verdict(reasons: Counter[Reason]) -> Reason:
    """What a session that none of its frames ended comes to."""
    if Reason.UNDECIDED in reasons:
        return Reason.NO_MATCH
    reason = reasons.most_common(1)[0][0]
    return Reason.LIVENESS_FAILED if reason is Reason.SPOOF_SUSPECTED else reason


def _cancel(client: Client, token: str) -> None:
    """End a session whose picture could not be measured: nobody holds its token."""
    with suppress(SessionNotFound, SessionExpired, SessionFinished):  # it has ended by itself
        lifecycle.cancel(*lifecycle.find(client=client, token=token))
