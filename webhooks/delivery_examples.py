"""Examples of deliveries for the OpenAPI schema."""

from typing import Any

from drf_spectacular.utils import OpenApiExample

_ID = "7c7a3a58-47cf-4a4e-8a4d-1f6c27bb2c90"
_ENDPOINT = "b0f2a7c4-1f5e-4a0b-9a37-5d0f3f4b6c21"
_MESSAGE = {"message_id": "msg_2f9c1e7ab4d04c0e9a6d51b37c0f8e21", "event_type": "subject.created"}
_DELIVERED: dict[str, Any] = {
    "id": _ID,
    "endpoint_id": _ENDPOINT,
    **_MESSAGE,
    "state": "delivered",
    "attempts_made": 2,
    "next_attempt_at": None,
    "occurred_at": "2026-03-02T09:14:07Z",
    "created_at": "2026-03-02T09:14:07Z",
    "finished_at": "2026-03-02T09:14:13Z",
}
_EXHAUSTED = _DELIVERED | {
    "state": "exhausted",
    "attempts_made": 10,
    "finished_at": "2026-03-05T14:02:31Z",
}
_PENDING = _DELIVERED | {
    "state": "pending",
    "attempts_made": 0,
    "next_attempt_at": "2026-03-05T15:00:00Z",
    "finished_at": None,
}
_FAILED_ATTEMPT = {
    "number": 1,
    "at": "2026-03-02T09:14:07Z",
    "delivered": False,
    "status_code": 503,
    "latency_ms": 12,
    "error": "status",
    "answer": "upstream unavailable",
}
_GOOD_ATTEMPT = {
    "number": 2,
    "at": "2026-03-02T09:14:13Z",
    "delivered": True,
    "status_code": 204,
    "latency_ms": 38,
    "error": None,
    "answer": "",
}
_BODY = (
    '{"type":"subject.created","timestamp":"2026-03-02T09:14:07Z","sandbox":false,'
    '"data":{"user_id":"ada"}}'
)

LIST = [OpenApiExample("A delivery", value=_DELIVERED, response_only=True)]
FAILED = [OpenApiExample("A failed delivery", value=_EXHAUSTED, response_only=True)]
READ = [
    OpenApiExample(
        "Delivered at the second attempt",
        value=_DELIVERED | {"body": _BODY, "attempts": [_FAILED_ATTEMPT, _GOOD_ATTEMPT]},
        response_only=True,
    )
]
RETRY = [OpenApiExample("Due again", value=_PENDING, response_only=True)]
RETRY_FAILED = [
    OpenApiExample(
        "Of one endpoint, since noon",
        value={"endpoint": _ENDPOINT, "created_after": "2026-03-02T12:00:00Z"},
        request_only=True,
    ),
    OpenApiExample("All of them", value={"queued": 17, "has_more": False}, response_only=True),
]
EVENT_LOGS = [
    OpenApiExample(
        "A failed attempt",
        value=_FAILED_ATTEMPT | {"delivery_id": _ID, "endpoint_id": _ENDPOINT} | _MESSAGE,
        response_only=True,
    )
]
STATS = [
    OpenApiExample(
        "A week",
        value={
            "since": "2026-02-23T09:15:00Z",
            "until": "2026-03-02T09:15:00Z",
            "by_state": {"pending": 2, "delivered": 1411, "exhausted": 1, "abandoned": 0},
            "by_event_type": {"enrollment.completed": 204, "subject.created": 1210},
            "backlog": 2,
            "oldest_pending_at": "2026-03-02T09:14:07Z",
        },
        response_only=True,
    )
]
CLEAR_LOGS = [
    OpenApiExample("Older than a month", value={"older_than_days": 30}, request_only=True),
    OpenApiExample("All of them", value={"deleted": 409, "has_more": False}, response_only=True),
]
