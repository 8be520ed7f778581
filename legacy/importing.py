"""Import of 003's old users, one at a time: safe to interrupt and to run again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from clients import services as users
from clients.models import Client, Subject
from enrollment import services as enrollments
from faceplatform.errors import FaceplatformError
from faceplatform.sessions.reasons import Reason
from faceplatform.transactions import retried
from imports.folders import read_image
from legacy import inputs, services
from legacy.faults import Wrong
from legacy.models import ImportedUser
from legacy.sources import OldUser


class Step(StrEnum):
    """The result for one user."""

    IMPORTED = "imported"
    ENROLLED = "imported and enrolled"
    NOTHING = "already there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported user; ``reason`` is the stable code of a failure, or empty."""

    user_id: str
    step: Step
    reason: str = ""


def import_user(client: Client, old: OldUser, images: Mapping[str, list[Path]] | None) -> Imported:
    """Import one row, and enroll the user from the first image that is accepted.

    Args:
        images: by id; None where no faces are to be enrolled.
    """
    shown = str(old.id)
    try:
        user_id = inputs.name({"id": old.id}, "id")
        subject = users.get_or_create_subject(client, user_id)
    except users.NameNotAllowed:
        return Imported(shown, Step.FAILED, f"{Wrong.INVALID}_id")
    except FaceplatformError as e:
        return Imported(shown, Step.FAILED, e.code)
    is_new = _remember(subject, old)
    if images is None or enrollments.is_enrolled(subject):
        return Imported(shown, Step.IMPORTED if is_new else Step.NOTHING)
    reason = _enroll(client, user_id, images.get(user_id, []))
    if reason == Reason.ENROLLED:
        return Imported(shown, Step.ENROLLED)
    return Imported(shown, Step.FAILED, reason)


@retried
def _remember(subject: Subject, old: OldUser) -> bool:
    """Keep the old time of registration; return False if it was kept before."""
    registered_at = old.registered_at or subject.created_at
    _, created = ImportedUser.objects.get_or_create(
        subject=subject, defaults={"registered_at": registered_at}
    )
    return created


def _enroll(client: Client, user_id: str, images: Iterable[Path]) -> str:
    """Return the code of the ending; that of the last image tried when none was accepted."""
    reason = "no_picture"  # a stable code of the report
    for image in images:
        try:
            reason = services.enroll(client, user_id, read_image(image), source="import").reason
        except FaceplatformError as e:
            reason = e.code
        # A user whose first image is another's face gets no second chance to look different.
        if reason in {Reason.ENROLLED, Reason.DUPLICATE_FACE}:
            break
    return reason
