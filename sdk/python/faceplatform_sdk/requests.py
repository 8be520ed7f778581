"""Types of what callers send. Members that are left out stay as they are, or as in the policy."""

from datetime import datetime
from typing import Any, Literal, TypedDict
from uuid import UUID

# Of a group, an enrollment or an import, as answers have it or as text.
Id = str | UUID
CaptureType = Literal["webcam", "mobile", "api"]
Liveness = Literal["off", "passive", "challenge", "passive+challenge"]


class Consent(TypedDict):
    """A user's consent, as you recorded it."""

    given_at: datetime
    text_version: str
    source: str


class UserFields(TypedDict, total=False):
    """The record of a user. None for a consent withdraws it, for a time removes it."""

    display_name: str
    metadata: dict[str, Any]
    consent: Consent | None
    expires_at: datetime | None


class CaptureLink(TypedDict, total=False):
    """Look and end of the hosted capture page; see docs/capture.md."""

    return_url: str
    language: str
    theme: str
    expires_in: int
    parent_origin: str


class OpeningFields(TypedDict, total=False):
    """Options of every session.

    ``capture_link`` asks for a link to the hosted capture page, as ``capture_url`` in the answer.
    ``idempotency_key`` lets another process repeat the call; without it the client makes its own.
    """

    capture_type: CaptureType
    liveness: Liveness
    language: str
    metadata: dict[str, Any]
    capture_link: bool | CaptureLink
    idempotency_key: str


class EnrollmentFields(OpeningFields, total=False):
    """Options of an enrollment."""

    target_samples: int
    template_expires_at: datetime | None


class AuthenticationFields(OpeningFields, total=False):
    """Options of a verification or identification. ``nonce``: of its signed result."""

    nonce: str
