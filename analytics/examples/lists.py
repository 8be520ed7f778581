"""Examples for the OpenAPI schema."""

from drf_spectacular.utils import OpenApiExample

_FACT = {
    "id": "0d6f6c30-7d63-4a4e-9f0e-0f2a1f2f4b51",
    "session_id": "3a1d2f35-3c5d-4c4e-9d39-0d0d7b3f6f10",
    "session_type": "verification",
    "capture_type": "webcam",
    "source": "api",
    "user_id": "ada",
    "outcome": "success",
    "reason": "matched",
    "similarity_score": 0.871,
    "quality": 0.82,
    "liveness_score": 0.97,
    "liveness_verified": True,
    "duplicate_suspected": False,
    "frames_received": 2,
    "frames_accepted": 1,
    "spoof_frames": 0,
    "duration_ms": 2140,
    "stage_milliseconds": {"detection": 8.1, "recognition": 24.6},
    "false_match_rate": 0.0001,
    "model": "dlib/resnet-v1-mirror-int8/mesh5-150",
    "ended_at": "2026-11-24T22:19:35.120943Z",
}
_ALERT = {
    "id": "9b2a6a39-6f5b-4a53-8d8f-5f4c8d0c7a10",
    "alert": "address_locked",
    "user_id": None,
    "detail": {"address": "203.0.113.7", "failures": 50},
    "raised_at": "2026-11-24T22:19:35.120943Z",
    "is_resolved": False,
    "resolved_at": None,
    "resolved_by": None,
    "note": "",
}
AUTH_LOG = [OpenApiExample("A verification", value=_FACT, response_only=True)]
ALERT = [
    OpenApiExample("An alert", value=_ALERT, response_only=True),
    OpenApiExample(
        "Resolved by the operator",
        value=_ALERT
        | {
            "is_resolved": True,
            "resolved_at": "2026-11-25T08:02:11.000412Z",
            "resolved_by": "operator",
            "note": "Seen, and harmless.",
        },
        response_only=True,
    ),
]
RESOLVE = [
    OpenApiExample("A note", value={"note": "Our load test."}, request_only=True),
    OpenApiExample(
        "Resolved",
        value=_ALERT
        | {
            "is_resolved": True,
            "resolved_at": "2026-11-25T08:02:11.000412Z",
            "resolved_by": "5f0c1c62-3a5d-4d0c-8c0e-0f4a3b1f7f55",
            "note": "Our load test.",
        },
        response_only=True,
    ),
]
