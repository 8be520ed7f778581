"""Examples of endpoints for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ACTIVE: dict[str, Any] = {
    "id": "b0f2a7c4-1f5e-4a0b-9a37-5d0f3f4b6c21",
    "name": "orders",
    "url": "https://shop.example.com/faceplatform",
    "subscribed_events": ["authentication.succeeded", "enrollment.*"],
    "state": "active",
    "disabled_reason": None,
    "failing_since": None,
    "last_success_at": "2026-03-02T09:14:07Z",
    "secrets": [{"created_at": "2026-03-01T10:00:00Z", "expires_at": None}],
    "created_at": "2026-03-01T10:00:00Z",
}
_SECRET = {"secret": "whsec_8Hn3Yx0PqJ2mWc5VtR7LbK4uZaD9eGfSiNoXwQ1yTkE="}
_CREATED = _ACTIVE | {"last_success_at": None} | _SECRET

LIST = [OpenApiExample("An active endpoint", value=_ACTIVE, response_only=True)]
READ = LIST
CREATE = [
    OpenApiExample(
        "New endpoint",
        value={
            "name": "orders",
            "url": "https://shop.example.com/faceplatform",
            "subscribed_events": ["enrollment.*", "authentication.succeeded"],
        },
        request_only=True,
    ),
    OpenApiExample("Created", value=_CREATED, response_only=True, status_codes=["201"]),
]
CHANGE = [
    OpenApiExample(
        "Everything instead",
        value={"subscribed_events": ["*"]},
        request_only=True,
    ),
    OpenApiExample("Changed", value=_ACTIVE | {"subscribed_events": ["*"]}, response_only=True),
]
RESUME = [
    OpenApiExample(
        "Resumed",
        value=_ACTIVE | {"last_success_at": "2026-03-01T23:40:00Z"},
        response_only=True,
    )
]
PAUSE = [OpenApiExample("Paused", value=_ACTIVE | {"state": "paused"}, response_only=True)]
TEST = [
    OpenApiExample(
        "Delivered",
        value={
            "delivered": True,
            "status_code": 204,
            "latency_ms": 38,
            "error": None,
            "answer": "",
        },
        response_only=True,
    ),
]
REGENERATE = [
    OpenApiExample("Two hours' overlap", value={"overlap_seconds": 7200}, request_only=True),
    OpenApiExample("The new secret", value=_ACTIVE | _SECRET, response_only=True),
]
STATS = [
    OpenApiExample(
        "A week",
        value={
            "since": "2026-02-23T09:15:00Z",
            "until": "2026-03-02T09:15:00Z",
            "deliveries": {"pending": 2, "delivered": 1411, "exhausted": 1, "abandoned": 0},
            "is_complete": True,
            "success_rate": 0.9993,
            "latency": {"attempts": 998, "p50": 41, "p95": 180, "p99": 920},
            "last_success_at": "2026-03-02T09:14:07Z",
            "failing_since": None,
        },
        response_only=True,
    )
]
REPLAY = [
    OpenApiExample(
        "The hour of an outage",
        value={"created_after": "2026-03-02T08:00:00Z", "created_before": "2026-03-02T09:00:00Z"},
        request_only=True,
    ),
    OpenApiExample("All of it", value={"queued": 212, "cursor": None}, response_only=True),
]
