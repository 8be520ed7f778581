"""Examples for the OpenAPI schema: real answers, cut where they are long."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_URL = "https://faces.example.com/capture/fcl_Q2v8"
_LINK = {
    "capture_url": f"{_URL}m0Jr4bYxT1kWn7sLd5hGzP3uFqEa9cKo6iVtXyR",
    "capture_link_expires_at": "2026-11-24T22:29:33.136738Z",
}
_LOOK: dict[str, Any] = {
    "name": "Acme Bank",
    "logo_url": "/capture/logos/0b9d5f62-3f8c-4a6e-9c0e-2f4f9d1f8a10.png",
    "theme": "auto",
    "colors": {"accent": "#0b5cad", "background": "#ffffff", "text": "#1a1a1a"},
    "texts": {"en": {"page_continue": "Back to Acme"}},
    "notice": "Acme Bank keeps no picture of you.",
    "allowed_parents": ["https://app.acme.example"],
    "return_origins": ["https://app.acme.example"],
}
_CHANGES = {name: _LOOK[name] for name in ("name", "colors", "allowed_parents")}


_SESSION: dict[str, Any] = {
    "token": "enr_VZmHLfM1rUWdLwcVX6zaMpq9XXN7ULXYfkNyXfGkIhA",
    "kind": "enrollment",
    "session_id": "ad9cd350-2b93-4b0e-a125-3c1798589923",
    "expires_at": "2026-11-24T22:29:33.136738Z",
    "liveness_methods": [],
    "challenge": None,
}


def _answer(name: str, value: object, status: str = "200") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[status])


def _request(name: str, value: object) -> OpenApiExample:
    return OpenApiExample(name, value=value, request_only=True)


LINK = [
    _request("With a way back", {"return_url": "https://app.acme.example/done", "language": "fr"}),
    _answer("Link", _LINK, "201"),
]
REDEEM = [
    _request("Link", {"link": "fcl_Q2v8m0Jr4bYxT1kWn7sLd5hGzP3uFqEa9cKo6iVtXyR"}),
    _answer(
        "Session",
        {
            "session": _SESSION,
            "appearance": {name: _LOOK[name] for name in ("name", "logo_url", "colors", "theme")},
            "language": "fr",
            "texts": _LOOK["texts"],
            "notice": _LOOK["notice"],
            "keeps_images": False,
            "return_url": "https://app.acme.example/done",
            "parents": _LOOK["allowed_parents"],
            "is_handover": False,
            "handover": "allow",
            "refuse_virtual_cameras": False,
            "retries_left": 2,
        },
    ),
]
HANDOVER = [
    _answer("Link for a phone", _LINK | {"qr_code": '<svg viewBox="0 0 164 164">…</svg>'}, "201"),
]
FOLLOWED = [
    _answer("On the phone", {"state": "connected", "outcome": None, "retries_left": 0}),
]
RETRIED = [_answer("Session", {"session": _SESSION, "retries_left": 1})]
CANCELLED = [_answer("Cancelled", {"outcome": "cancelled"})]
LOOK = [_answer("Look", _LOOK | {"theme": "dark"})]
REPLACE_LOOK = [_request("Look", _CHANGES), _answer("Look", _LOOK | {"texts": {}})]
CHANGE_LOOK = [_request("Colors", {"colors": _LOOK["colors"]}), _answer("Changed", _LOOK)]
