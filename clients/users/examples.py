"""Examples for the OpenAPI schema: real answers."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_CONSENT = {"given_at": "2026-11-24T08:15:00Z", "text_version": "2026-03", "source": "app"}
_USER = {
    "id": "5c0f0a0e-4c5b-4d0e-8f65-0d4a6a7e2b11",
    "user_id": "u-1001",
    "path": "/api/clients/users/u-1001/",
    "display_name": "Ada Lovelace",
    "metadata": {"department": "engines"},
    "is_active": True,
    "is_enrolled": False,
    "consent": _CONSENT,
    "lockout": {"consecutive_failures": 0, "locked_until": None, "is_locked": False},
    "expires_at": None,
    "created_at": "2026-11-24T08:15:02.204119Z",
}
_RECEIPT = {
    "receipt_id": "d1a5a1de-2a8b-4d47-9f0a-5f5c0a9e7b42",
    "erased_at": "2026-11-28T10:02:11.420718Z",
    "erased": "user",
    "trigger": "request",
    "counts": {
        "users": 1,
        "kept_answers": 2,
        "samples": 0,
        "seen_frames": 6,
        "group_memberships": 1,
        "templates": 1,
        "images": 3,
        "enrollments": 1,
        "authentications": 4,
        "identifications": 2,
        "gallery_names": 0,
        "imported_users": 0,
        "failed_attempts": 1,
        "import_items": 0,
        "webhook_deliveries": 6,
    },
}


def _answer(name: str, value: Any, *, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)])


CREATE = [
    OpenApiExample(
        "New user",
        value={
            "user_id": "u-1001",
            "display_name": "Ada Lovelace",
            "metadata": {"department": "engines"},
            "consent": _CONSENT,
        },
        request_only=True,
    ),
    _answer("User", _USER, status=201),
]
LIST = [_answer("Users", _USER)]
_ENROLLED = {**_USER, "is_enrolled": True}
USER = [_answer("User", _ENROLLED)]
CHANGE = [
    OpenApiExample(
        "Consent withdrawn, end set",
        value={"consent": None, "expires_at": "2027-11-24T00:00:00Z"},
        request_only=True,
    ),
    _answer("User", {**_USER, "consent": None, "expires_at": "2027-11-24T00:00:00Z"}),
]
ACTIVATED = [_answer("User", {**_ENROLLED, "consent": None})]
DEACTIVATED = [_answer("User", {**_ENROLLED, "is_active": False})]
RECEIPT = [_answer("Receipt", _RECEIPT)]
AT_ITS_END = [_answer("Receipt", {**_RECEIPT, "trigger": "retention"})]
