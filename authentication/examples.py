"""Examples for the OpenAPI schema: real answers, cut where they are long."""

from drf_spectacular.utils import OpenApiExample

OPEN = [
    OpenApiExample(
        "Verification", value={"user_id": "u-1001", "session_type": "webcam"}, request_only=True
    ),
    OpenApiExample(
        "Verification with a signed result to come",
        value={"user_id": "u-1001", "session_type": "webcam", "nonce": "n-0S6_WzA2Mj"},
        request_only=True,
    ),
    OpenApiExample("Identification", value={"session_type": "webcam"}, request_only=True),
    OpenApiExample(
        "Identification in a group",
        value={"session_type": "webcam", "group": "0b6a2c0e-64a4-4e7f-9a55-8b7d2f7d3c11"},
        request_only=True,
    ),
    OpenApiExample(
        "Verification opened",
        value={
            "session_token": "aut_Dj4-QQpO-XmhFxPRs1eWCLs4xRaUER3SvufHG2GpIx0",
            "capture_type": "webcam",
            "status": "active",
            "session_type": "verification",
            "expires_at": "2026-11-24T22:29:33.694608Z",
            "message": "Authentication session created. Stream frames to continue.",
            "liveness_methods": [],
            "challenge": None,
        },
        response_only=True,
        status_codes=["201"],
    ),
    OpenApiExample(
        "Verification with a challenge opened",
        value={
            "session_token": "aut_Dj4-QQpO-XmhFxPRs1eWCLs4xRaUER3SvufHG2GpIx0",
            "capture_type": "webcam",
            "status": "active",
            "session_type": "verification",
            "expires_at": "2026-11-24T22:29:33.694608Z",
            "message": "Authentication session created. Stream frames to continue.",
            "liveness_methods": ["challenge"],
            "challenge": {
                "status": "running",
                "code": "look_straight",
                "instruction": "Look straight at the camera.",
                "steps_done": 0,
                "steps_total": 2,
                "seconds_left": None,
            },
        },
        response_only=True,
        status_codes=["201"],
    ),
    OpenApiExample(
        "Identification opened",
        value={
            "session_token": "aut_OgX5qBHejotPZbnX_Cb31z2GiKuGEjc3u_LbbmBIM8o",
            "capture_type": "webcam",
            "status": "active",
            "session_type": "identification",
            "expires_at": "2026-11-24T22:29:33.870829Z",
            "message": "Authentication session created. Stream frames to continue.",
            "liveness_methods": [],
            "challenge": None,
        },
        response_only=True,
        status_codes=["201"],
    ),
]
