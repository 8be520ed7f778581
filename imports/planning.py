"""The users that a file, an archive or a folder names, before anything is stored."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from rest_framework.exceptions import ValidationError

from faceplatform import characters
from faceplatform.api.fields import IdentifierField
from faceplatform.conf import MAX_IMAGE_BYTES

MAX_USERS = 20_000
MAX_FILES = 20_000

# Codes of items that cannot be imported.
ID_INVALID = "user_id_invalid"
NAME_INVALID = "display_name_invalid"
METADATA_INVALID = "metadata_invalid"
CONSENT_INVALID = "consent_invalid"
REPEATED = "user_id_repeated"
IMAGE_TOO_LARGE = "image_too_large"

MAX_NAME = 150
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".avif", ".heic", ".heif")

identifier = IdentifierField()


@dataclass(frozen=True, slots=True)
class PlannedImage:
    """An image that has not been read yet.

    Attributes:
        name: of the file, without its folder.
        size: bytes, as announced.
        read: returns the bytes; raises an `ImportFileError` or an OSError if that fails.
    """

    name: str
    size: int
    read: Callable[[], bytes]

    @property
    def fault(self) -> str:
        return IMAGE_TOO_LARGE if self.size > MAX_IMAGE_BYTES else ""


@dataclass(frozen=True, slots=True)
class PlannedUser:
    """A user to import.

    Attributes:
        consent: empty for none; otherwise ``given_at`` (ISO 8601), ``text_version``, ``source``.
        fault: the code of an entry that cannot be imported; ``user_id`` is then for display.
        line: the last line of the user's row in a CSV file, from 1.
    """

    user_id: str
    images: tuple[PlannedImage, ...] = ()
    display_name: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    consent: dict[str, str] = field(default_factory=dict)
    fault: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The users of a file, and the number of its files that are no images."""

    users: list[PlannedUser]
    ignored_files: int = 0

    @property
    def size(self) -> int:
        """Bytes of all images that will be read."""
        return sum(i.size for user in self.users for i in user.images if not i.fault)


def is_image_name(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def id_fault(user_id: str) -> str:
    """Return the code of the fault of an id, or an empty string."""
    try:
        identifier.run_validation(user_id)
    except ValidationError:
        return ID_INVALID
    return ""


def shown(name: str) -> str:
    """Return an invalid id, or any name of a file, as it can be stored and shown."""
    name = name[:MAX_NAME]
    if not characters.has_invisible(name):
        return name
    return "".join("\N{REPLACEMENT CHARACTER}" if characters.has_invisible(c) else c for c in name)


def planned(user_id: str, images: tuple[PlannedImage, ...]) -> PlannedUser:
    """Return the entry of a user with images, whose id may turn out invalid."""
    if fault := id_fault(user_id):
        return PlannedUser(shown(user_id), fault=fault)
    return PlannedUser(user_id, images)
