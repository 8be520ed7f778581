"""Bringing 003's old users across, one at a time: safe to break off and to run again."""

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
from legacy import inputs, services
from legacy.faults import Wrong
from legacy.models import ImportedUser
from legacy.sources import OldUser

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}


class Step(StrEnum):
    """What was done for one user."""

    IMPORTED = "imported"
    ENROLLED = "imported and enrolled"
    NOTHING = "already there"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Imported:
    """``reason`` is a stable code, where something failed."""

    user_id: str
    step: Step
    reason: str = ""


def pictures_in(folder: Path) -> dict[str, list[Path]]:
    """The pictures of each id: ``<id>.jpg`` or ``<id>/*.jpg``. An id is never made a path."""
    found: dict[str, list[Path]] = {}
    for entry in sorted(folder.iterdir()):
        if entry.is_dir():
            found.setdefault(entry.name, []).extend(_pictures(sorted(entry.iterdir())))
        else:
            found.setdefault(entry.stem, []).extend(_pictures([entry]))
    return found


def import_user(
    client: Client, old: OldUser, pictures: Mapping[str, list[Path]] | None
) -> Imported:
    """Take over one row, and enroll the user from the first picture that will do.

    Args:
        pictures: by id; None where no faces are to be enrolled.
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
    if pictures is None or enrollments.is_enrolled(subject):
        return Imported(shown, Step.IMPORTED if is_new else Step.NOTHING)
    reason = _enroll(client, user_id, pictures.get(user_id, []))
    if reason == Reason.ENROLLED:
        return Imported(shown, Step.ENROLLED)
    return Imported(shown, Step.FAILED, reason)


@retried
def _remember(subject: Subject, old: OldUser) -> bool:
    """Keep the old time of registration; False when it was kept before."""
    registered_at = old.registered_at or subject.created_at
    _, created = ImportedUser.objects.get_or_create(
        subject=subject, defaults={"registered_at": registered_at}
    )
    return created


def _enroll(client: Client, user_id: str, pictures: Iterable[Path]) -> str:
    """The code of how it ended; that of the last picture when none would do."""
    reason = "no_picture"
    for picture in pictures:
        try:
            reason = services.enroll(client, user_id, picture.read_bytes(), source="import").reason
        except FaceplatformError as e:
            reason = e.code
        if reason == Reason.ENROLLED:
            break
    return reason


def _pictures(files: list[Path]) -> list[Path]:
    return [file for file in files if file.suffix.lower() in _SUFFIXES and file.is_file()]
