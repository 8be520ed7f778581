"""Sample data of each type of event, for the documents."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from webhooks.catalogue import EventType

AT = datetime(2026, 11, 24, 22, 19, 33, 660213, tzinfo=UTC)
_OPENED = AT - timedelta(seconds=3)
_SESSION = "ad9cd350-2b93-4b0e-a125-3c1798589923"
_USER = {"user_id": "u-1001"}
_SENT = {"capture_type": "webcam", "source": "api", "metadata": {"device_info": "Chrome on macOS"}}
_ENDPOINT = {
    "endpoint_id": "0c9b6a52-5d0d-4a5b-9a0a-2f7b9a1f6c11",
    "endpoint_name": "Door controller",
}
_ENDED = {
    **_SENT,
    "status": "completed",
    "frames_received": 4,
    "spoof_frames": 0,
    "quality_score": 0.965,
    "liveness_score": 0.982,
    "liveness_methods": ["passive"],
    "liveness_verified": True,
    "false_match_rate": 1e-6,
    "created_at": _OPENED,
    "finished_at": AT,
}
_NOTHING_FOUND = {"quality_score": None, "liveness_score": None, "liveness_verified": False}
_ENROLLMENT = {
    **_ENDED,
    **_USER,
    "enrollment_id": _SESSION,
    "reason": "enrolled",
    "duplicate_suspected": False,
}
_VERIFICATION = {
    **_ENDED,
    **_USER,
    "session_id": _SESSION,
    "session_type": "verification",
    "reason": "matched",
    "result": "success",
    "matched_user": _USER,
    "similarity_score": 0.913,
}

SAMPLES: Mapping[EventType, Mapping[str, Any]] = {
    EventType.ENROLLMENT_STARTED: {
        **_SENT,
        **_USER,
        "enrollment_id": _SESSION,
        "created_at": AT,
        "expires_at": AT + timedelta(minutes=10),
    },
    EventType.ENROLLMENT_COMPLETED: _ENROLLMENT,
    EventType.ENROLLMENT_FAILED: {**_ENROLLMENT, "status": "failed", "reason": "duplicate_face"},
    EventType.ENROLLMENT_EXPIRED: {
        **_ENROLLMENT,
        **_NOTHING_FOUND,
        "status": "expired",
        "reason": "expired",
        "frames_received": 0,
    },
    EventType.AUTHENTICATION_SUCCEEDED: _VERIFICATION,
    EventType.AUTHENTICATION_FAILED: {
        **_VERIFICATION,
        "reason": "no_match",
        "result": "failure",
        "matched_user": None,
        "similarity_score": 0.127,
        "liveness_verified": False,
    },
    EventType.AUTHENTICATION_EXPIRED: {
        **_VERIFICATION,
        **_NOTHING_FOUND,
        "status": "expired",
        "reason": "expired",
        "result": None,
        "matched_user": None,
        "similarity_score": None,
        "frames_received": 0,
    },
    EventType.LIVENESS_FAILED: {
        **_SENT,
        **_USER,
        "kind": "authentication",
        "session_id": _SESSION,
        "reason": "liveness_failed",
        "frames_received": 3,
        "spoof_frames": 3,
    },
    EventType.SUBJECT_CREATED: _USER,
    EventType.SUBJECT_UPDATED: {**_USER, "changed": ["display_name", "metadata"]},
    EventType.SUBJECT_DEACTIVATED: _USER,
    EventType.SUBJECT_ACTIVATED: _USER,
    EventType.SUBJECT_ERASED: {**_USER, "receipt_id": "5f0c5c5e-8a2d-4a79-9d5a-0f3f0a3c2d10"},
    EventType.SUBJECT_LOCKED: {**_USER, "failed_attempts": 10},
    EventType.IMPORT_COMPLETED: {
        "import_id": "7d3c1f0e-4f51-4a0e-9f06-6c3f1f3f0b52",
        "status": "completed",
        "reason": None,
        "total": 120,
        "results": {
            "enrolled": 112,
            "created": 0,
            "skipped": 3,
            "duplicate": 1,
            "refused": 4,
            "failed": 0,
        },
    },
    EventType.SECURITY_ALERT: {
        "alert": "refresh_token_reused",
        "detail": {"credential_id": "e7c1f5f0-0b3d-4d6c-8a55-1c6c1f0b8d0a"},
    },
    EventType.CREDENTIALS_CHANGED: {
        "credential_id": "e7c1f5f0-0b3d-4d6c-8a55-1c6c1f0b8d0a",
        "change": "rotated",
        "changed_by": "3f6c2f6a-7d8e-4a50-8f0e-0d1b2c3d4e5f",
    },
    EventType.ENDPOINT_FAILING: {**_ENDPOINT, "failing_since": AT - timedelta(days=1)},
    EventType.ENDPOINT_DISABLED: {**_ENDPOINT, "reason": "failing"},
    EventType.ATTEMPTS_EXHAUSTED: {
        **_ENDPOINT,
        "message_id": "msg_4be2fd66ccc6450f9696dc3c5543ccb0",
        "event_type": "enrollment.completed",
    },
    EventType.TEST: _ENDPOINT,
}
