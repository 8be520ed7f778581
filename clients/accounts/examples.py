"""Examples for the OpenAPI schema: real answers, cut where they are long."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

from faceplatform.conf import CapturePolicy

_POLICY = CapturePolicy().model_dump()
_CLIENT: dict[str, Any] = {
    "id": "6f1c1f0e-54d4-4b1e-8a55-0d5a3c8d7b11",
    "name": "acme",
    "contact_name": "Ada Lovelace",
    "contact_email": "ada@acme.example",
    "allowed_origins": ["https://app.acme.example"],
    "time_zone": "Europe/Paris",
    "tier": "standard",
    "sandbox": False,
    "policy": {"false_match_rate": 1e-5},
    "operator_policy": _POLICY,
    "effective_policy": _POLICY | {"false_match_rate": 1e-5},
    "created_at": "2026-11-24T22:19:33.136738Z",
}
_CHANGES = {
    "contact_email": "security@acme.example",
    "allowed_origins": ["https://app.acme.example", "http://localhost:5173"],
    "policy": {"false_match_rate": 1e-5, "session_seconds": 300},
}
_CREDENTIAL: dict[str, Any] = {
    "id": "0b9d5f62-3f8c-4a6e-9c0e-2f4f9d1f8a10",
    "api_key": "fpk_9S4FzqgVxE0mJm0sZrTq2u1x",
    "name": "gate 3",
    "scopes": ["authenticate"],
    "created_at": "2026-11-24T22:19:33.136738Z",
    "last_used_at": "2026-11-28T09:12:44.018302Z",
    "expires_at": None,
    "revoked_at": None,
    "is_active": True,
}
_SECRET = {"api_secret": "fps_5hGqT1dP0aV8cJ3kXw7ZyB2nM6sR9uE4iO0pLqK1jHg"}


def _answer(name: str, value: object, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _request(name: str, value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


CLIENT_LIST = [_answer("Your client", _CLIENT)]
CLIENT = [_answer("Client", _CLIENT | {"name": "Acme SA"})]
CHANGE_CLIENT = [
    _request("Changes", _CHANGES),
    _answer(
        "Changed client",
        _CLIENT
        | _CHANGES
        | {"effective_policy": _POLICY | {"false_match_rate": 1e-5, "session_seconds": 300}},
    ),
]
STATS = [
    _answer(
        "Thirty days",
        {
            "since": "2026-10-29T10:00:00Z",
            "until": "2026-11-28T10:00:00Z",
            "users": 1204,
            "enrolled_users": 1187,
            "credentials_in_use": 3,
            "open_sessions": 5,
            "enrollments": {"total": 92, "by_reason": {"enrolled": 88, "expired": 4}},
            "authentications": {"total": 8120, "by_reason": {"matched": 7990, "no_match": 130}},
        },
    )
]
CREDENTIAL_LIST = [_answer("Credentials", _CREDENTIAL)]
CREDENTIAL = [_answer("Credential", _CREDENTIAL | {"name": "gate 2"})]
CREATE_CREDENTIAL = [
    _request("New credential", {"name": "gate 4", "scopes": ["authenticate"]}),
    _answer("Shown once", _CREDENTIAL | {"name": "gate 4", "last_used_at": None} | _SECRET, "201"),
]
RENAME_CREDENTIAL = [
    _request("Name", {"name": "north gate"}),
    _answer("Renamed", _CREDENTIAL | {"name": "north gate"}),
]
ROTATE_CREDENTIAL = [
    _request("An hour's overlap", {"overlap_seconds": 3600}),
    _answer("New credential", _CREDENTIAL | {"last_used_at": None} | _SECRET, "201"),
]
RESET_CREDENTIALS = [
    _request("At once", {"overlap_seconds": 0}),
    _answer(
        "The only credential",
        _CREDENTIAL | {"name": "backend", "scopes": ["authenticate", "enroll", "manage"]} | _SECRET,
        "201",
    ),
]
