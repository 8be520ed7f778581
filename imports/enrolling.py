"""One user's images, through the same pipeline as those of any enrollment."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from clients import services as users
from clients.models import Client
from enrollment import services as enrollments
from enrollment.errors import TargetSamplesOutOfBounds
from faceplatform.errors import FaceplatformError, ImageError
from faceplatform.events import SessionEnded
from faceplatform.sessions.errors import DuplicateFace, SessionFinished
from faceplatform.sessions.models import CaptureType
from faceplatform.sessions.opening import Opening
from faceplatform.sessions.pipeline import give_up, process_frame
from faceplatform.sessions.reasons import Reason
from faceplatform.tenant import Tenant
from imports.models import NAMED_IMAGES, Result
from imports.planning import ID_INVALID

SOURCE = "import"
TOO_FEW_IMAGES = "too_few_images"


@dataclass(frozen=True, slots=True)
class Choices:
    """The choices of an import.

    Attributes:
        target_samples: most samples of a template; None for the policy's number. A user with fewer
            images gets a template of as many, if the policy allows it.
        credential: public id of the credential that started the import, if it was started by one.
    """

    skip_enrolled: bool = True
    target_samples: int | None = None
    credential: UUID | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one item.

    Attributes:
        reason: a stable code.
        images_used: number of images that the template is made of.
    """

    result: Result
    reason: str
    images_used: int = 0


def require_possible(client: Tenant, choices: Choices) -> None:
    """Check the choices of an import against the client's policy.

    Raises:
        TargetSamplesOutOfBounds
    """
    policy, target = client.capture_policy, choices.target_samples
    if target is not None and not policy.min_target_samples <= target <= policy.max_target_samples:
        raise TargetSamplesOutOfBounds(
            f"target_samples must be between {policy.min_target_samples} "
            f"and {policy.max_target_samples}"
        )


def obstacle(client: Client, user_id: str, *, images: int, choices: Choices) -> Outcome | None:
    """Return the outcome of a user for whom no session is opened, or None."""
    if choices.skip_enrolled:
        subject = users.subjects(client).filter(user_id=user_id).first()
        if subject is not None and enrollments.is_enrolled(subject):
            return Outcome(Result.SKIPPED, Reason.ALREADY_ENROLLED)
    if images < client.capture_policy.min_target_samples:
        return Outcome(Result.REFUSED, TOO_FEW_IMAGES)
    return None


def open_session(
    client: Client, user_id: str, *, images: int, choices: Choices
) -> tuple[UUID, str]:
    """Open an enrollment session for so many images; return its public id and its token.

    Raises:
        FaceplatformError: as for any enrollment, see `outcome_of`.
    """
    wanted = choices.target_samples or client.capture_policy.target_samples
    session, token = enrollments.open_session(
        Opening(
            client=client,
            credential=choices.credential,
            capture_type=CaptureType.API,
            source=SOURCE,
            metadata={"source": SOURCE},
        ),
        user_id=user_id,
        target_samples=min(wanted, images),
        first_only=choices.skip_enrolled,
    )
    return session.public_id, token


class Feeding:
    """Posts images to an open session.

    Attributes:
        reasons: the code of each image so far, of the first `NAMED_IMAGES`.
        refusal: the code of the last image that was refused, or `different_person` once one was;
            an empty string for none.
    """

    def __init__(
        self,
        client: Client,
        token: str,
        *,
        reasons: Sequence[str] = (),
        refusal: str = "",
        posted: int = 0,
    ) -> None:
        """Go on with an item of which so many images were posted."""
        self._client, self._token = client, token
        self._posted = posted
        self.reasons, self.refusal = [*reasons], refusal

    @property
    def ends_with_next(self) -> bool:
        """True if the session takes one frame more at most."""
        return self._posted + 1 >= self._client.capture_policy.max_enrollment_frames

    def skip(self, fault: str) -> None:
        """Pass over an image that is not posted."""
        self._note(fault)

    def post(self, image: bytes) -> Outcome | None:
        """Post an image; return the outcome if it ended the session.

        Raises:
            faceplatform.errors.EngineError: the image was not measured; it can be posted again.
            SessionNotFound, SessionExpired, ModelChanged: the session is lost.
        """
        try:
            frame = process_frame(client=self._client, token=self._token, image=image)
        except ImageError as e:
            self._note_posted(e.code)
            return _of_ended(str(e.extra["reason"])) if "reason" in e.extra else None
        except DuplicateFace:
            self._note_posted(Reason.ACCEPTED)
            return _of_ended(Reason.DUPLICATE_FACE)
        except SessionFinished as e:  # by another call: the user was enrolled, erased, switched off
            return _of_ended(str(e.extra["reason"]))
        if frame.ended is not None:
            self._note_posted(Reason.ACCEPTED if frame.step.accepted else frame.step.reason)
            return of_session(frame.ended)
        self._note_posted(frame.step.reason)
        return None

    def _note_posted(self, reason: str) -> None:
        self._posted += 1
        self._note(str(reason))

    def _note(self, reason: str) -> None:
        if len(self.reasons) < NAMED_IMAGES:
            self.reasons.append(reason)
        if reason != Reason.ACCEPTED and self.refusal != Reason.DIFFERENT_PERSON:
            self.refusal = reason

    def complete(self) -> Outcome | None:
        """Complete the session with the good images so far; return None if they are not enough, or
        another call has ended it.

        Images of several people never are: nothing tells whose face is the user's.

        Raises:
            SessionNotFound, SessionExpired: the session is lost.
        """
        if self.refusal == Reason.DIFFERENT_PERSON:
            return None
        try:
            ended = enrollments.complete_with_fewer(client=self._client, token=self._token)
        except SessionFinished:
            return None
        return None if ended is None else of_session(ended)

    def end(self) -> Outcome:
        """End the session, whose last image was posted; return the outcome.

        If the good images are not enough, the item tells why: its reason is that of the last image
        that was refused, which is none of a session's end.

        Raises:
            SessionNotFound, SessionExpired: the session is lost.
        """
        if (outcome := self.complete()) is not None:
            return outcome
        try:
            give_up(client=self._client, token=self._token, reason=Reason.FRAME_LIMIT)
        except SessionFinished as e:
            if e.extra["reason"] != Reason.FRAME_LIMIT:
                return _of_ended(str(e.extra["reason"]))
            # Otherwise given up before, by a process that was killed before it wrote the outcome.
        return Outcome(Result.REFUSED, self.refusal or Reason.FRAME_LIMIT)


def of_session(ended: SessionEnded) -> Outcome:
    """Return the outcome of an item whose session has ended."""
    outcome = _of_ended(ended.reason)
    if outcome.result is not Result.ENROLLED:
        return outcome
    return Outcome(Result.ENROLLED, outcome.reason, images_used=ended.frames_accepted)


def outcome_of(error: FaceplatformError) -> Outcome:
    """Return the outcome of an item that an error ended."""
    if isinstance(error, users.NameNotAllowed):
        return Outcome(Result.REFUSED, ID_INVALID)
    return Outcome(Result.FAILED if error.status >= 500 else Result.REFUSED, error.code)


def _of_ended(reason: str) -> Outcome:
    match reason:
        case Reason.ENROLLED:
            return Outcome(Result.ENROLLED, reason)
        case Reason.ALREADY_ENROLLED:
            return Outcome(Result.SKIPPED, reason)
        case Reason.DUPLICATE_FACE:
            return Outcome(Result.DUPLICATE, reason)
        case _:
            return Outcome(Result.REFUSED, reason)
